/* The version of all programs. */
#ifndef SEKISHO_VERSION_H
#define SEKISHO_VERSION_H

#define SEKISHO_VERSION "0.1.0"

#endif
