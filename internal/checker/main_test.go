package checker

import (
	"testing"

	"cdcd/internal/mysqltest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(mysqltest.Wrap(m)) }
