package binlog

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
)

// Errors that end a dump for good; all but ErrMoved only the operator can mend.
var (
	// ErrPurged: the server no longer has the binlog that the position needs.
	ErrPurged = errors.New("the server no longer has this part of its binlog")
	// ErrServerID: another replica uses our server id.
	ErrServerID = errors.New("another replica uses the same server id; give every connector a database.server.id of its own")
	// ErrLogin: the account cannot log in or lacks a privilege.
	ErrLogin = errors.New("the server refused the account")
	// ErrMoved: the address leads to another server than Config.Server. The
	// caller opens a new Tailer, with the position as it is there.
	ErrMoved = errors.New("another server answers at this address")
	// ErrDump: the server cannot send its binlog for another reason.
	ErrDump = errors.New("the server cannot send its binlog")
)

// Retryable reports whether trying again, later or at another server, can help:
// true for broken and refused connections, false for what the server refuses
// and for events that are not understood.
func Retryable(err error) bool {
	var netErr net.Error
	switch {
	case errors.Is(err, ErrPurged), errors.Is(err, ErrServerID), errors.Is(err, ErrLogin), errors.Is(err, ErrDump), errors.Is(err, ErrMoved), errors.Is(err, ErrSpill):
		return false
	case errors.Is(err, mysql.ErrBadConn), errors.Is(err, replication.ErrSyncClosed), errors.As(err, &netErr):
		return true
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errLost):
		return true
	}
	return false
}

// errLost stands for every break of the connection.
var errLost = errors.New("connection lost")

// dumpError gives the error that ended or prevented a dump its class. The text
// of errors that are not the server's is dropped where it may hold row data.
func dumpError(err error, plan resume) error {
	var my *mysql.MyError
	if !errors.As(err, &my) {
		return lost(err)
	}
	if sharesID(my.Message) {
		return fmt.Errorf("%w (%s)", ErrServerID, my.Message)
	}
	switch my.Code {
	case mysql.ER_MASTER_FATAL_ERROR_READING_BINLOG:
		return fatalDump(my, plan)
	case mysql.ER_ACCESS_DENIED_ERROR, mysql.ER_DBACCESS_DENIED_ERROR, mysql.ER_SPECIFIC_ACCESS_DENIED_ERROR,
		mysql.ER_MUST_CHANGE_PASSWORD, accountLocked:
		return fmt.Errorf("%w: %s", ErrLogin, my.Message)
	case mysql.ER_SERVER_SHUTDOWN, mysql.ER_NORMAL_SHUTDOWN, mysql.ER_QUERY_INTERRUPTED, mysql.ER_CON_COUNT_ERROR,
		connectionKilled, clientTimeout:
		return fmt.Errorf("%w: %s", errLost, my.Message)
	default:
		return fmt.Errorf("%w: error %d: %s", ErrDump, my.Code, my.Message)
	}
}

// Codes that go-mysql has no name for.
const (
	accountLocked    = 3118 // ER_ACCOUNT_HAS_BEEN_LOCKED
	connectionKilled = 1927 // MariaDB ER_CONNECTION_KILLED
	clientTimeout    = 4031 // MySQL ER_CLIENT_INTERACTION_TIMEOUT
)

// sharesID tells the error of the replica that another threw out: 1236 in MySQL
// and older MariaDB, 4052 in MariaDB since 10.6.
func sharesID(message string) bool {
	text := strings.ToLower(message)
	return strings.Contains(text, "same server_uuid") || strings.Contains(text, "same server_id")
}

// fatalDump reads the texts of error 1236. Source: MySQL sql/rpl_binlog_sender.cc
// and MariaDB sql/sql_repl.cc.
func fatalDump(my *mysql.MyError, plan resume) error {
	text := strings.ToLower(my.Message)
	for _, purged := range []string{
		"purged", "could not find first log", "impossible position", "position > file size",
		"not in the master's binlog", "not in the primary's binlog", "could not find gtid state",
	} {
		if strings.Contains(text, purged) {
			return fmt.Errorf("%w: asked for %s; the server says: %s. %s", ErrPurged, plan.ask, my.Message, plan.purged())
		}
	}
	return fmt.Errorf("%w: %s", ErrDump, my.Message)
}

// lost classifies errors that did not come from the server. go-mysql puts the
// bytes of an event into the text of a recovered panic.
func lost(err error) error {
	if err == nil {
		return nil
	}
	if strings.HasPrefix(err.Error(), "panic") || strings.Contains(err.Error(), "data %") {
		return errors.New("an event from the server could not be read")
	}
	if Retryable(err) || errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", errLost, err)
	}
	return err
}
