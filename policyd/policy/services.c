#include "policy/services.h"

#include "policy/nearest.h"
#include <string.h>

/*
 * Service names are file names in /etc/pam.d, as Debian, Fedora or the project ship them.
 * The class says what happens there, not how it is reached: telnetd ends in login and sudo
 * in an ssh session, and the source tells the rest.
 *
 * Only what is certain. Mail, web and database servers ask PAM as well, each in its own way:
 * they stay unknown, are seen in the report, and get a [service] section.
 */
static const char *const remote_services[] = {"sshd", "cockpit", "xrdp-sesman", "vsftpd",
    "proftpd", "pure-ftpd", "ftp", "remote", "rlogin", "rsh", "rexec", "vnc", "webmin",
    "openvpn", NULL};

/* remote is login -h, for telnetd. gdm and lightdm unlock their screens as they log in. */
static const char *const console_services[] = {"login", "gdm", "gdm3", "gdm-password",
    "gdm-fingerprint", "gdm-smartcard", "gdm-pin", "gdm-autologin", "lightdm",
    "lightdm-autologin", "sddm", "sddm-autologin", "lxdm", "slim", "xdm", "wdm", "nodm", "ly",
    "greetd", "plasmalogin", NULL};

static const char *const elevation_services[] = {"su", "su-l", "sudo", "sudo-i", "doas",
    "polkit-1", "pkexec", "systemd-run0", "newrole", "run_init", "calife", "super", NULL};

/* Somebody who is logged in already shows it again: lockers, and tools that change oneself. */
static const char *const reauthentication_services[] = {"swaylock", "i3lock", "xscreensaver",
    "gnome-screensaver", "cinnamon-screensaver", "mate-screensaver", "xfce4-screensaver",
    "light-locker", "kde", "kde-fingerprint", "kde-smartcard", "kscreensaver", "kcheckpass",
    "vlock", "physlock", "hyprlock", "gtklock", "waylock", "xlock", "xtrlock", "xsecurelock",
    "screen", "passwd", "chsh", "chfn", NULL};

static const char *const scheduled_services[] = {
    "cron", "crond", "atd", "fcron", "systemd-cron", NULL};

/* Nobody is there. runuser is for root's scripts and asks nothing; greeters are the login
 * screen's own sessions; chpasswd and newusers read a file. */
static const char *const non_interactive_services[] = {"systemd-user", "runuser", "runuser-l",
    "samba", "gdm-launch-environment", "lightdm-greeter", "sddm-greeter", "greetd-greeter",
    "tigervnc", "chpasswd", "newusers", "ppp", NULL};

/* Daily work: desktops, files, mail, printing. Of these, those above and some that are of no class. */
static const char *const everyday_services[] = {"gdm", "gdm3", "gdm-password", "gdm-fingerprint",
    "gdm-smartcard", "gdm-pin", "gdm-autologin", "lightdm", "lightdm-autologin", "sddm",
    "sddm-autologin", "lxdm", "slim", "xdm", "wdm", "nodm", "ly", "greetd", "plasmalogin",
    "xrdp-sesman", "vnc", "tigervnc", "vsftpd", "proftpd", "pure-ftpd", "ftp", "samba", "cups",
    "dovecot", "imap", "pop", "pop3", "smtp", NULL};

static const char *const *const services[SERVICE_CLASS_COUNT] = {
    [SERVICE_REMOTE] = remote_services,
    [SERVICE_CONSOLE] = console_services,
    [SERVICE_ELEVATION] = elevation_services,
    [SERVICE_REAUTHENTICATION] = reauthentication_services,
    [SERVICE_SCHEDULED] = scheduled_services,
    [SERVICE_NON_INTERACTIVE] = non_interactive_services,
};

enum service_class
services_class(const char *service)
{
	for (unsigned int class = SERVICE_REMOTE; class < SERVICE_CLASS_COUNT; class ++) {
		for (size_t i = 0; services[class][i] != NULL; i++) {
			if (strcmp(services[class][i], service) == 0)
				return (enum service_class) class;
		}
	}
	return SERVICE_UNKNOWN;
}

bool
services_is_everyday(const char *service)
{
	for (size_t i = 0; everyday_services[i] != NULL; i++)
		if (strcmp(everyday_services[i], service) == 0)
			return true;
	return false;
}

const char *
services_name(size_t i)
{
	for (unsigned int class = SERVICE_REMOTE; class < SERVICE_CLASS_COUNT; class ++) {
		for (size_t k = 0; services[class][k] != NULL; k++) {
			if (i-- == 0)
				return services[class][k];
		}
	}
	return NULL;
}

const char *
services_nearest(const char *service)
{
	const char *found[SERVICE_CLASS_COUNT + 1] = {NULL};
	size_t count = 0;

	for (unsigned int class = SERVICE_REMOTE; class < SERVICE_CLASS_COUNT; class ++) {
		found[count] = nearest_word(service, services[class], SIZE_MAX);
		if (found[count] != NULL)
			count++;
	}
	return nearest_word(service, found, count);
}
