// Package offsets is the pure part of the cluster: how far each connector has
// got, who may move it, and what its tables looked like.
//
// A [State] changes only through [State.Apply], a function of the state and one
// [Command] without clock, randomness or I/O, so that every node that applies
// the same commands in the same order holds the same state. Package cluster
// puts it behind a raft log.
//
// # Who may write
//
// A connector is moved by one session at a time. A [Session] is numbered by
// whoever opens it, and its number is larger than every earlier one; the
// generation that it belongs to never falls. Every command of an owner names
// its session and is refused once there is a newer one: an owner that was away
// cannot undo what its successor did.
//
// # Refused and not understood
//
// A refused command leaves the state as it was and is a normal outcome: the
// error says why. A command that [Decode] does not understand is neither
// applied nor refused. Whoever reads it from a log must stop there, since other
// nodes may know what it means.
//
// # Repeating
//
// Every command may be applied again directly after itself, with the same
// outcome. So a caller that does not know whether its command was applied sends
// it again.
package offsets
