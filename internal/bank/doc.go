// Package bank is a workload whose effects can be added up afterwards.
//
//	ledger   one row for each transaction that is committed, by its number
//	account  transfers keep the sum of all balances
//	counter  each change adds one
//	note     has no key; rows are added and removed only
//	wide     has a column of every type, with random values
//	drift    is altered all the time; only the surveyor changes it
//
// Clerks write all but the last, in transactions small and large, some of which
// are rolled back as a whole or in part. The surveyor makes and drops tables
// beside, which nobody captures, and adds, drops and renames columns of drift.
// The server may be restarted meanwhile: whether a transaction was committed is
// found out when it is back.
package bank
