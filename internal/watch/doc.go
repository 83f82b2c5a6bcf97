// Package watch looks on while faults happen.
//
//	Tap      reads as a consumer does: which transactions came, and when
//	Tally    counts faults, and how long each kept committed records away
//	Stable   I9: no partition's last stable offset stands still for too long
//	Honest   I10: no two nodes say that they run one placement, and who fails
//	         says why
//
// What a run leaves behind is for package checker to judge; these are the
// invariants that only somebody decides who looks all the time.
package watch
