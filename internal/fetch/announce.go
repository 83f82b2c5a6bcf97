package fetch

import (
	"fmt"
	"os"
	"strings"
	"sync"
)

// said are the lines that Announce printed, without the addresses in them.
var said sync.Map

// Announce is the Logf of tests: it prints what is fetched and what runs to the
// terminal, the same thing at another address only once a process.
func Announce(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	what, _, _ := strings.Cut(line, " at ")
	if _, again := said.LoadOrStore(what, true); !again {
		fmt.Fprintln(os.Stderr, line)
	}
}
