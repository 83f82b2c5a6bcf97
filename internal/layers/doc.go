// Package layers holds no product code: its test checks that the packages of
// cdcd import each other only as the table in README.md says, and that each
// third-party protocol library has the one importer that the table names.
package layers
