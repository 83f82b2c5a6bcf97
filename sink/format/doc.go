// Package format turns row changes into the key and value bytes of records.
//
// A [Plan] is compiled once per table version and configuration; running it
// costs no allocation per row.
package format
