package mutant

import (
	"go/parser"
	"go/token"
	"testing"
)

// TestBugs_FitTheSources checks what the long tests build, which run seldom: every
// text that is replaced is where it should be, and Go is what comes of it.
func TestBugs_FitTheSources(t *testing.T) {
	for name, bug := range map[string]Bug{
		"BehindMirror": BehindMirror(), "EarlyState": EarlyState(), "NoSession": NoSession(), "BlindEndTxn": BlindEndTxn(),
		"MidCommit": MidCommit(), "AheadPosition": AheadPosition(), "SharedState": SharedState(), "MidReconnect": MidReconnect(),
		"Zombie": Zombie(), "Stubborn": Stubborn(), "AnySession": AnySession(),
	} {
		t.Run(name, func(t *testing.T) {
			for path, text := range bug.sources(t) {
				if _, err := parser.ParseFile(token.NewFileSet(), path, text, parser.AllErrors); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
