package binlog

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"
	"pgregory.net/rapid"

	"cdcd/event"
)

const (
	uuidA = "b46a8801-e6e3-11f1-9a31-02fc00000001"
	uuidB = "c46a8801-e6e3-11f1-9a31-02fc00000001"
)

func TestGTIDSet_ParseAndPrint(t *testing.T) {
	f := func(flavor event.Flavor, in, want string) {
		t.Helper()
		set, err := parseGTIDSet(flavor, in)
		if err != nil {
			t.Errorf("%q: %v", in, err)
			return
		}
		if got := set.String(); got != want {
			t.Errorf("%q prints %q, want %q", in, got, want)
		}
	}
	f(event.MySQL, "", "")
	f(event.MySQL, uuidA+":5", uuidA+":5")
	f(event.MySQL, uuidA+":4-5:1-3", uuidA+":1-5")
	f(event.MySQL, uuidB+":1,\n"+uuidA+":1-2:9", uuidA+":1-2:9,"+uuidB+":1")
	f(event.MySQL, uuidA+":1-3:blue:4-5:_x:1", uuidA+":1-3:_x:1:blue:4-5")
	f(event.MySQL, strings.ToUpper(uuidA)+":1:BLUE:2", uuidA+":1:blue:2")
	f(event.MariaDB, "", "")
	f(event.MariaDB, "1-2-7, 0-1-5", "0-1-5,1-2-7")
}

func TestMySQLSet_Without(t *testing.T) {
	f := func(set, less, want string) {
		t.Helper()
		s, err1 := parseMySQLSet(set)
		l, err2 := parseMySQLSet(less)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if got := s.without(l).String(); got != want {
			t.Errorf("%s without %s is %s, want %s", set, less, got, want)
		}
	}
	f(uuidA+":1-9", uuidA+":3", uuidA+":1-2:4-9")
	f(uuidA+":1-9", uuidA+":1:5-6:9", uuidA+":2-4:7-8")
	f(uuidA+":1-3:7,"+uuidB+":1", uuidA+":2-8,"+uuidB+":1", uuidA+":1")
	f(uuidA+":1-3:blue:1-3", uuidA+":blue:2", uuidA+":1-3:blue:1:3")
	f(uuidA+":1-3", uuidB+":1-3", uuidA+":1-3")
	f("", uuidB+":1", "")

	set, err := parseMySQLSet(uuidA + ":1-3")
	if err != nil {
		t.Fatal(err)
	}
	one, _ := parseMySQLSet(uuidA + ":5")
	grown := set.add(mysqlGTID{one.sids[0].sid, 4}).add(mysqlGTID{one.sids[0].sid, 5}).(*mysqlSet)
	if got := grown.without(one).String(); got != uuidA+":1-4" {
		t.Errorf("of a set that grew: %s", got)
	}
}

func TestGTIDSet_MalformedIsRefused(t *testing.T) {
	f := func(flavor event.Flavor, in string) {
		t.Helper()
		if _, err := parseGTIDSet(flavor, in); !errors.Is(err, ErrBadGTID) {
			t.Errorf("%q: got %v, want ErrBadGTID", in, err)
		}
	}
	for _, in := range []string{"x", uuidA, uuidA + ":", uuidA + ":0", uuidA + ":5-4", uuidA + ":1-", uuidA + ":tag", uuidA[:30] + ":1", "0-1-5"} {
		f(event.MySQL, in)
	}
	for _, in := range []string{"x", "0-1", "0-1-5-6", "a-1-5", "0-1--5", uuidA + ":1"} {
		f(event.MariaDB, in)
	}
}

func TestMariaSet_LastOfEachDomain(t *testing.T) {
	var set gtidSet = mariaSet{}
	for _, g := range []mariaGTID{{0, 1, 5}, {2, 1, 1}, {0, 3, 6}} {
		set = set.add(g)
	}
	if got, want := set.String(), "0-3-6,2-1-1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Whatever the order transactions arrive in, the set prints as go-mysql's own
// does, and sets made earlier do not change.
func TestMySQLSet_AgreesWithModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model, err := mysql.ParseMysqlGTIDSet("")
		if err != nil {
			t.Fatal(err)
		}
		var set gtidSet = &mysqlSet{}
		before := map[gtidSet]string{}
		for range rapid.IntRange(0, 40).Draw(t, "transactions") {
			g := mysqlGTID{gno: rapid.Uint64Range(1, 12).Draw(t, "gno")}
			if !parseUUID(rapid.SampledFrom([]string{uuidA, uuidB}).Draw(t, "uuid"), &g.sid.uuid) {
				t.Fatal("uuid")
			}
			before[set] = set.String()
			set = set.add(g)
			if err := model.Update(g.String()); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := set.String(), model.String(); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		for s, text := range before {
			if s.String() != text {
				t.Fatalf("a set that printed %s now prints %s", text, s)
			}
		}
	})
}

func FuzzGTIDSet(f *testing.F) {
	f.Add(uuidA + ":1-3:blue:4-5")
	f.Add("0-1-5,1-2-7")
	f.Fuzz(func(t *testing.T, text string) {
		for _, flavor := range []event.Flavor{event.MySQL, event.MariaDB} {
			set, err := parseGTIDSet(flavor, text)
			if err != nil {
				continue
			}
			again, err := parseGTIDSet(flavor, set.String())
			if err != nil || again.String() != set.String() {
				t.Errorf("%q reads as %q, then as %v, %v", text, set, again, err)
			}
		}
	})
}
