// Package offsets is the pure part of the cluster: how far each connector has
// got, where it is to run, who may move it, and what its tables looked like.
//
// A [State] changes only through [State.Apply], a function of the state and one
// [Command] without clock, randomness or I/O, so that every node that applies
// the same commands in the same order holds the same state. Package cluster
// puts it behind a raft log.
//
// # What is to run where
//
// An operator puts a connector's configuration ([PutConnector]), says whether it
// is to run ([SetTarget]), and may want a node to have none ([Drain]). The leader
// notes which nodes are heard ([SetLive]) and decides what runs where ([Place]).
// Nothing of this follows from another here: a connector that is paused, or whose
// node is silent, stays where it is until the leader places it elsewhere.
//
// A [Placement] has a generation, which grows by 1 each time, from that of the
// connector's newest session where it was never placed. A [Move] names the
// generation that it makes, so that of two decisions on the same knowledge one is
// refused. A placement names a node, or none, and may name the node before as one
// that hands over: that one may go on until the first session of the generation,
// while every other must stop at once. Placements stay when a configuration is
// deleted, so that no generation is given away twice.
//
// # Who may write
//
// A connector is moved by one session at a time. A [Session] is numbered by
// whoever opens it, and its number is larger than every earlier one. It must be
// of the generation of the placement, neither an earlier one nor a later, and of
// the node that the placement names. While that is none any node may open one, as
// an operator's does. While there was no placement yet, as in logs from before
// there were any, any node may, in the generation of the newest session or a
// later one. [State.Owns] tells.
//
// Every command of an owner names its session and is refused once there is a
// newer one: an owner that was away cannot undo what its successor did. A
// placement alone refuses nothing of the session before, which may be handing
// over, but that session cannot be opened again.
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
// it again. The outcome is then that of the second time: a session or a placement
// that has been overtaken in between is refused.
package offsets
