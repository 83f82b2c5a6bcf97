package binlog

import (
	"strings"
	"testing"

	"cdcd/event"
)

// A place that a person types is read in both forms, and what is wrong with it is
// said.
func TestParsePosition(t *testing.T) {
	const uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562"
	f := func(flavor event.Flavor, text, want string) {
		t.Helper()
		p, err := ParsePosition(flavor, text)
		if err != nil || p.String() != want || p.Flavor != flavor {
			t.Errorf("%s: %v, %v", text, p, err)
		}
	}
	f(event.MySQL, uuid+":1-5", "GTIDs ("+uuid+":1-5)")
	f(event.MySQL, strings.ToUpper(uuid)+":1-5:7, "+uuid+":6", "GTIDs ("+uuid+":1-7)")
	f(event.MariaDB, "0-1-48,5-1-7", "GTIDs (0-1-48,5-1-7)")
	f(event.MySQL, "binlog.000003:456", "binlog.000003:456")
	f(event.MariaDB, "host-bin.000003:4", "host-bin.000003:4")
	wrong := func(flavor event.Flavor, text string, parts ...string) {
		t.Helper()
		_, err := ParsePosition(flavor, text)
		for _, p := range parts {
			if err == nil || !strings.Contains(err.Error(), p) {
				t.Errorf("%q: %v, want %q in it", text, err, p)
			}
		}
	}
	wrong(event.MySQL, "0-1-48", "does not begin with a server uuid", "a set of mariadb", "made for mysql")
	wrong(event.MariaDB, uuid+":1-5", "is not domain-server-sequence", "a set of mysql", "made for mariadb")
	wrong(event.MySQL, uuid+":5-1", "interval")
	wrong(event.MySQL, uuid, "malformed")
	wrong(event.MySQL, " , ", "is empty")
	wrong(event.MySQL, "yesterday", "malformed")
	wrong(event.MySQL, "binlog.000003", "malformed")
	wrong(event.MySQL, "binlog.000003:99999999999999999999", "offset", "out of range")
	wrong(event.MariaDB, "../binlog.000003:4", "malformed")
}
