package fetch

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Unzip writes the files of a zip archive (a jar is one) for which place names
// a path inside dir, and leaves out those for which it returns "".
func Unzip(archive, dir string, place func(name string) string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer func() { _ = z.Close() }()
	for _, f := range z.File {
		path := place(f.Name)
		if path == "" || f.FileInfo().IsDir() {
			continue
		}
		if !filepath.IsLocal(path) {
			return fmt.Errorf("unzip %s: %s leads out of the folder", archive, f.Name)
		}
		if err := writeFile(filepath.Join(dir, path), f); err != nil {
			return fmt.Errorf("unzip %s: %w", f.Name, err)
		}
	}
	return nil
}

// writeFile writes one file, executable: archives made elsewhere do not say
// which are programs.
func writeFile(path string, from *zip.File) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	r, err := from.Open()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	w, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	_, err = io.Copy(w, r)
	return err
}
