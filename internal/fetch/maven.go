package fetch

import (
	"context"
	"os"
	"path/filepath"
)

// Jars copies what a pom.xml depends on into dir.
func Jars(ctx context.Context, dir string, pom []byte) error {
	file := filepath.Join(dir, "pom.xml")
	if err := os.WriteFile(file, pom, 0o644); err != nil {
		return err
	}
	return maven(ctx, dir, "dependency:copy-dependencies", "-DoutputDirectory="+dir)
}

// Artifact copies one artifact, group:artifact:version[:type[:classifier]],
// into dir.
func Artifact(ctx context.Context, dir, artifact string) error {
	return maven(ctx, dir, "dependency:copy", "-Dartifact="+artifact, "-DoutputDirectory="+dir)
}

func maven(ctx context.Context, dir string, args ...string) error {
	if err := need("default-jre-headless and maven", "java", "mvn"); err != nil {
		return err
	}
	return run(ctx, dir, "mvn", append([]string{"-q", "-B"}, args...)...)
}
