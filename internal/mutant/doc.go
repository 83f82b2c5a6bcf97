// Package mutant builds daemons with a bug each, from the sources of the product
// with texts replaced: a test that never found anything proves nothing, and what
// finds these has been seen to find something.
package mutant
