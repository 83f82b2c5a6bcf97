package snapshot

import (
	"testing"

	"go.uber.org/goleak"

	"cdcd/internal/mysqltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(mysqltest.Wrap(m)) }
