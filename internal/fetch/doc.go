// Package fetch keeps what tests need and the repository does not hold (test
// servers, their initialised data folders) in a cache: made once, by whichever
// process comes first, and never half made.
//
// The cache is $CDCD_CACHE, otherwise cdcd in the user's cache folder. Nothing
// is installed, and no address of a registry is known here: Debian packages
// come through the machine's own apt sources, artifacts through its own Maven
// settings.
package fetch
