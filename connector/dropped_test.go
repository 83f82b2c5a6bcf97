package connector

import (
	"fmt"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"

	"cdcd/binlog"
)

func TestClassify_StartsAgain(t *testing.T) {
	f := func(what string, err error) {
		t.Helper()
		if class, again := classify(fmt.Errorf("session: %w", err)); !again {
			t.Errorf("%s: ends the connector as %s", what, class)
		}
	}
	f("table dropped while definitions are read", &mysql.MyError{Code: mysql.ER_NO_SUCH_TABLE})
	f("database dropped while definitions are read", &mysql.MyError{Code: mysql.ER_BAD_DB_ERROR})
	f("other server at the address", binlog.ErrMoved)
}
