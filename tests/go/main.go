// Gocheck verifies heads, tiles and proofs with the Go module project's own packages, which share
// no line with ours (golang.org/x/mod/sumdb/note and tlog).
//
//	gocheck head VKEY HEAD...                      prints "ORIGIN SIZE ROOT" of each
//	gocheck cosignature VKEY HEAD                  prints "ORIGIN SIZE ROOT TIME"
//	gocheck proof VKEY PROOF [ENTRY]               ENTRY: the file with the leaf's bytes; without
//	                                               one the bytes that the proof carries
//	gocheck consistency VKEY OLD NEW PROOF         PROOF: base64 hashes, one a line
//	gocheck tiles VKEY DIR [OLD...]                DIR/checkpoint, DIR/tile/...; OLD: earlier heads
//
// Exit status 0: all of it holds; 1: the first that does not is said; 2: wrong usage.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8 // of a tile: 256 hashes

// A head is the text of a checkpoint.
type head struct {
	origin string
	tree   tlog.Tree
}

func parseHead(text string) (head, error) {
	line := strings.Split(text, "\n")
	if len(line) < 4 || line[0] == "" || line[len(line)-1] != "" {
		return head{}, errors.New("not a checkpoint")
	}
	size, err := strconv.ParseInt(line[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != line[1] {
		return head{}, errors.New("not a size: " + line[1])
	}
	hash, err := parseHash(line[2])
	if err != nil {
		return head{}, err
	}
	return head{line[0], tlog.Tree{N: size, Hash: hash}}, nil
}

// The package reads several spellings of the same bytes; here there is one.
func parseHash(text string) (tlog.Hash, error) {
	hash, err := tlog.ParseHash(text)
	if err == nil && hash.String() != text {
		err = errors.New("not the base64 of a hash: " + text)
	}
	return hash, err
}

func openHead(v note.Verifier, data []byte) (head, error) {
	n, err := note.Open(data, note.VerifierList(v))
	if err != nil {
		return head{}, err
	}
	for _, sig := range n.Sigs {
		if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
			return head{}, err
		}
	}
	h, err := parseHead(n.Text)
	if err != nil {
		return head{}, err
	}
	if h.origin != v.Name() && !isCosigner(v) {
		return head{}, fmt.Errorf("the head is of %q, the key of %q", h.origin, v.Name())
	}
	return h, nil
}

func readHead(v note.Verifier, path string) (head, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return head{}, err
	}
	return openHead(v, data)
}

// ---- cosignatures, which the package does not know ----------------------------------------

type cosigner struct {
	name string
	id   uint32
	key  ed25519.PublicKey
	time *uint64
}

func isCosigner(v note.Verifier) bool {
	_, is := v.(cosigner)
	return is
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.id }
func (c cosigner) Verify(text, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	*c.time = binary.BigEndian.Uint64(sig)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", *c.time, text)
	return ed25519.Verify(c.key, []byte(message), sig[8:])
}

func newCosigner(vkey string) (note.Verifier, *uint64, error) {
	part := strings.SplitN(vkey, "+", 3)
	if len(part) != 3 {
		return nil, nil, errors.New("malformed key")
	}
	key, err := base64.StdEncoding.DecodeString(part[2])
	if err != nil || len(key) != 33 || key[0] != 4 {
		return nil, nil, errors.New("not a cosigner's key")
	}
	sum := sha256.Sum256(append([]byte(part[0]+"\n"), key...))
	id := binary.BigEndian.Uint32(sum[:])
	if fmt.Sprintf("%08x", id) != part[1] {
		return nil, nil, errors.New("the key's id is not its own")
	}
	time := new(uint64)
	return cosigner{part[0], id, key[1:], time}, time, nil
}

// ---- proofs --------------------------------------------------------------------------------

func parseHashes(lines []string) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, line := range lines {
		hash, err := parseHash(line)
		if err != nil {
			return nil, err
		}
		out = append(out, hash)
	}
	return out, nil
}

func checkProof(v note.Verifier, file, entry string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	parts := strings.SplitN(string(data), "\n\n", 2)
	if len(parts) != 2 {
		return errors.New("no head in the proof")
	}
	lines := strings.Split(parts[0], "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a proof file")
	}
	lines = lines[1:]
	var leaf []byte
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		leaf, err = base64.StdEncoding.Strict().DecodeString(lines[0][len("extra "):])
		if err != nil {
			return err
		}
		lines = lines[1:]
	}
	if entry != "" {
		if leaf, err = os.ReadFile(entry); err != nil {
			return err
		}
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return errors.New("no index in the proof")
	}
	index, err := strconv.ParseInt(lines[0][len("index "):], 10, 64)
	if err != nil {
		return err
	}
	hashes, err := parseHashes(lines[1:])
	if err != nil {
		return err
	}
	h, err := openHead(v, []byte(parts[1]))
	if err != nil {
		return err
	}
	if index < 0 || index >= h.tree.N {
		return errors.New("the index is not in the tree")
	}
	if err := tlog.CheckRecord(hashes, h.tree.N, h.tree.Hash, index, tlog.RecordHash(leaf)); err != nil {
		return err
	}
	fmt.Printf("leaf %d of %s %d %s\n", index, h.origin, h.tree.N, h.tree.Hash)
	return nil
}

func checkConsistency(v note.Verifier, oldFile, newFile, proofFile string) error {
	older, err := readHead(v, oldFile)
	if err != nil {
		return err
	}
	newer, err := readHead(v, newFile)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(proofFile)
	if err != nil {
		return err
	}
	hashes, err := parseHashes(strings.Fields(string(data)))
	if err != nil {
		return err
	}
	if older.tree.N == 0 {
		return errors.New("nothing is older than the empty tree")
	}
	return tlog.CheckTree(hashes, newer.tree.N, newer.tree.Hash, older.tree.N, older.tree.Hash)
}

// ---- tiles ---------------------------------------------------------------------------------

type tileDir struct{ dir string }

func (d tileDir) path(t tlog.Tile) string {
	// the package's paths name the height, which is 8 for all of C2SP's
	return filepath.Join(d.dir, "tile", strings.TrimPrefix(t.Path(), "tile/8/"))
}

func (d tileDir) Height() int                     { return height }
func (d tileDir) SaveTiles([]tlog.Tile, [][]byte) {}
func (d tileDir) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range tiles {
		data, err := os.ReadFile(d.path(t))
		if err != nil {
			return nil, err
		}
		if len(data) != t.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", d.path(t), len(data))
		}
		out = append(out, data)
	}
	return out, nil
}

// The widest tiles of a tree: what has to be there.
func tilesOf(size int64) []tlog.Tile {
	var out []tlog.Tile
	for level := 0; size>>(height*level) > 0; level++ {
		n := size >> (height * level)
		for i := int64(0); i<<height < n; i++ {
			w := n - i<<height
			if w > 1<<height {
				w = 1 << height
			}
			out = append(out, tlog.Tile{H: height, L: level, N: i, W: int(w)})
		}
	}
	return out
}

func entriesPath(dir string, t tlog.Tile) string {
	t.L = -1
	return filepath.Join(dir, "tile", "entries", strings.TrimPrefix(t.Path(), "tile/8/data/"))
}

// Every entry of a bundle against its hash in the tile.
func checkBundle(path string, tile []byte) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for i := 0; i*tlog.HashSize < len(tile); i++ {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return fmt.Errorf("%s ends in entry %d", path, i)
		}
		entry := data[2 : 2+int(binary.BigEndian.Uint16(data))]
		data = data[2+len(entry):]
		hash := tlog.RecordHash(entry)
		if !bytes.Equal(hash[:], tile[i*tlog.HashSize:(i+1)*tlog.HashSize]) {
			return fmt.Errorf("%s: entry %d is not the one that was hashed", path, i)
		}
	}
	if len(data) != 0 {
		return fmt.Errorf("%s has %d bytes too many", path, len(data))
	}
	return nil
}

// Reading a hash through TileHashReader checks its tile against the root.
func checkTile(d tileDir, r tlog.HashReader, t tlog.Tile) error {
	var indexes []int64
	for i := int64(0); i < int64(t.W); i++ {
		indexes = append(indexes, tlog.StoredHashIndex(height*t.L, t.N<<height+i))
	}
	hashes, err := r.ReadHashes(indexes)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(d.path(t))
	if err != nil {
		return err
	}
	for i, hash := range hashes {
		if !bytes.Equal(hash[:], data[i*tlog.HashSize:(i+1)*tlog.HashSize]) {
			return fmt.Errorf("%s: hash %d is wrong", d.path(t), i)
		}
	}
	if t.L == 0 {
		return checkBundle(entriesPath(d.dir, t), data)
	}
	return nil
}

func checkTiles(v note.Verifier, dir string, older []string) error {
	d := tileDir{dir}
	h, err := readHead(v, filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	r := tlog.TileHashReader(h.tree, d)
	for _, t := range tilesOf(h.tree.N) {
		if err := checkTile(d, r, t); err != nil {
			return err
		}
	}
	for _, path := range older {
		o, err := readHead(v, path)
		if err != nil {
			return err
		}
		if o.tree.N == 0 {
			continue
		}
		root, err := tlog.TreeHash(o.tree.N, r)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveTree(h.tree.N, o.tree.N, r)
		if err != nil {
			return err
		}
		if root != o.tree.Hash {
			return fmt.Errorf("%s: the tree of %d entries has another root", path, o.tree.N)
		}
		if err := tlog.CheckTree(proof, h.tree.N, h.tree.Hash, o.tree.N, o.tree.Hash); err != nil {
			return fmt.Errorf("%s: %v", path, err)
		}
	}
	fmt.Printf("%s %d %s\n", h.origin, h.tree.N, h.tree.Hash)
	return nil
}

// ---- the command ---------------------------------------------------------------------------

func run(verb, vkey string, arg []string) error {
	if verb == "cosignature" && len(arg) == 1 {
		v, time, err := newCosigner(vkey)
		if err != nil {
			return err
		}
		h, err := readHead(v, arg[0])
		if err == nil {
			fmt.Println(h.origin, h.tree.N, h.tree.Hash, *time)
		}
		return err
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	switch {
	case verb == "head" && len(arg) >= 1:
		for _, path := range arg {
			h, err := readHead(v, path)
			if err != nil {
				return fmt.Errorf("%s: %v", path, err)
			}
			fmt.Println(h.origin, h.tree.N, h.tree.Hash)
		}
		return nil
	case verb == "proof" && len(arg) == 1:
		return checkProof(v, arg[0], "")
	case verb == "proof" && len(arg) == 2:
		return checkProof(v, arg[0], arg[1])
	case verb == "consistency" && len(arg) == 3:
		return checkConsistency(v, arg[0], arg[1], arg[2])
	case verb == "tiles" && len(arg) >= 1:
		return checkTiles(v, arg[0], arg[1:])
	}
	fmt.Fprintln(os.Stderr, "usage: gocheck head|cosignature|proof|consistency|tiles VKEY FILE...")
	os.Exit(2)
	return nil
}

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: gocheck head|cosignature|proof|consistency|tiles VKEY FILE...")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, "gocheck:", err)
		os.Exit(1)
	}
}
