package signal

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// says is an action as the tests write it.
func says(a Action) string {
	names := func(all []Collection) string {
		var out []string
		for _, c := range all {
			out = append(out, c.Text)
		}
		return strings.Join(out, "+")
	}
	switch a := a.(type) {
	case Execute:
		out := fmt.Sprintf("execute blocking=%t of %s by %q", a.Blocking, names(a.Collections), a.Surrogate)
		for _, c := range a.Conditions {
			out += fmt.Sprintf(" if %s: %s", c.Text, c.Filter)
		}
		return out
	case Stop:
		return "stop " + names(a.Collections)
	}
	return fmt.Sprintf("%T%+v", a, a)
}

func TestParse(t *testing.T) {
	f := func(kind, data, want string) {
		t.Helper()
		s, err := Parse("7", kind, data)
		if err != nil || s.ID != "7" || says(s.Action) != want {
			t.Errorf("%s %s: %s, %v; want %s", kind, data, says(s.Action), err, want)
		}
	}
	f("execute-snapshot", `{"data-collections":["shop.orders"]}`, `execute blocking=false of shop.orders by ""`)
	f("execute-snapshot", ` {"data-collections":["shop.orders"," shop.o.* "],"type":"incremental"} `, `execute blocking=false of shop.orders+shop.o.* by ""`)
	f("execute-snapshot", `{"data-collections":["shop.a,b"],"type":"Blocking","surrogate-key":" ref "}`, `execute blocking=true of shop.a,b by "ref"`)
	f("execute-snapshot", `{"data-collections":["a.b"],"additional-conditions":[{"data-collection":"a.b","filter":"x = 1"},{"data-collection":"a.*","filter":"y"}]}`,
		`execute blocking=false of a.b by "" if a.b: x = 1 if a.*: y`)
	f("execute-snapshot", `{"data-collections":["a.b"],"additional-condition":"x = 1"}`, `execute blocking=false of a.b by "" if .*: x = 1`)
	f("execute-snapshot", `{"data-collections":["a.b"],"unknown":7}`, `execute blocking=false of a.b by ""`)
	f("stop-snapshot", `{"data-collections":["a.b","a.c"],"type":"INCREMENTAL"}`, "stop a.b+a.c")
	f("stop-snapshot", `{}`, "stop ")
	f("stop-snapshot", ``, "stop ")
	f("pause-snapshot", ``, "signal.Pause{}")
	f("pause-snapshot", `{"type":"Incremental"}`, "signal.Pause{}")
	f("resume-snapshot", `null`, "signal.Resume{}")
	f("log", `{"message":"at {}"}`, "signal.Log{Message:at {}}")
	f("log", `{}`, "signal.Log{Message:}")
	f("set-binlog-position", `{"binlog_filename":"b.1","binlog_position":4}`, "signal.SetPosition{File:b.1 Offset:4 GTIDs:}")
	f("set-binlog-position", `{"binlog_filename":"b.1","binlog_position":0}`, "signal.SetPosition{File:b.1 Offset:0 GTIDs:}")
	f("set-binlog-position", `{"gtid_set":"a:1-3"}`, "signal.SetPosition{File: Offset:0 GTIDs:a:1-3}")
	f("snapshot-window-open", `{"openWindowTimestamp": "2026-08-22T10:15:30Z"}`, "signal.Window{Open:true}")
	f("snapshot-window-close", `{}`, "signal.Window{Open:false}")
}

func TestParse_Refuses(t *testing.T) {
	f := func(kind, data string, is error, want string) {
		t.Helper()
		_, err := Parse("7", kind, data)
		if !errors.Is(err, is) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s %s: %v, want %s", kind, data, err, want)
		}
	}
	f("", `{}`, ErrUnknown, `""`)
	f("Log", `{}`, ErrUnknown, `"Log"`)
	f("schema-changes", `{"changes":["s3cret"]}`, ErrUnknown, "schema-changes")
	for _, data := range []string{`s3cret`, `"s3cret"`, `["s3cret"]`, `{"message":"s3cret"`, `{"message":{"s3cret":1}}`, `{"message":"s3cret"} s3cret`, `7`} {
		f("log", data, ErrMalformed, "no JSON object with the fields of log")
	}
	f("execute-snapshot", ``, ErrMalformed, "names no table")
	f("execute-snapshot", `{"data-collections":[]}`, ErrMalformed, "names no table")
	f("execute-snapshot", `{"data-collections":"s3cret"}`, ErrMalformed, "no JSON object")
	f("execute-snapshot", `{"data-collections":["a.b"," "]}`, ErrMalformed, "name 2 of tables is empty")
	f("execute-snapshot", `{"data-collections":["s3cret("]}`, ErrMalformed, "name 1 of tables is no regular expression")
	f("execute-snapshot", `{"data-collections":["a.b"],"type":"s3cret"}`, ErrMalformed, "INCREMENTAL or BLOCKING")
	f("execute-snapshot", `{"data-collections":["a.b"],"additional-conditions":[{"data-collection":"a.b","filter":""}]}`, ErrMalformed, "no \"filter\"")
	f("execute-snapshot", `{"data-collections":["a.b"],"additional-conditions":[{"filter":"s3cret"}]}`, ErrMalformed, "is empty")
	f("execute-snapshot", `{"data-collections":["a.b"],"additional-conditions":[{"data-collection":"(s3cret","filter":"s3cret"}]}`, ErrMalformed, "no regular expression")
	f("stop-snapshot", `{"type":"blocking"}`, ErrMalformed, "must be INCREMENTAL")
	f("stop-snapshot", `{"data-collections":["[s3cret"]}`, ErrMalformed, "no regular expression")
	f("pause-snapshot", `{"type":"s3cret"}`, ErrMalformed, "must be INCREMENTAL")
	f("resume-snapshot", `{"type":"s3cret"}`, ErrMalformed, "must be INCREMENTAL")
	for _, data := range []string{
		``, `{}`, `{"binlog_filename":"s3cret"}`, `{"binlog_position":4}`, `{"gtid_set":"s3cret","binlog_position":4}`, `{"gtid_set":"s3cret","binlog_filename":"s3cret","binlog_position":4}`,
	} {
		f("set-binlog-position", data, ErrMalformed, "it needs")
	}
	f("set-binlog-position", `{"binlog_filename":"s3cret","binlog_position":-1}`, ErrMalformed, "no JSON object")
}

func TestExecute_Filter(t *testing.T) {
	f := func(data, table, want string) {
		t.Helper()
		s, err := Parse("", "execute-snapshot", data)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Action.(Execute).Filter(table); got != want {
			t.Errorf("%s of %s: %q, want %q", data, table, got, want)
		}
	}
	const two = `{"data-collections":["a.*"],"additional-conditions":[{"data-collection":"A.B","filter":"x"},{"data-collection":"a.*","filter":"y"},{"data-collection":"a.b","filter":"z"}]}`
	f(two, "a.b", "x") // without case, and the first that matches
	f(two, "a.bb", "y")
	f(two, "c.b", "")
	f(two, "xa.b", "") // the whole of the name
	f(`{"data-collections":["a.*"]}`, "a.b", "")
	f(`{"data-collections":["a.*"],"additional-condition":"x"}`, "a.b", "x")
	f(`{"data-collections":["a.*"],"additional-condition":"x","additional-conditions":[{"data-collection":"a.b","filter":"y"}]}`, "a.b", "y")
	f(`{"data-collections":["a.*"],"additional-condition":"x","additional-conditions":[{"data-collection":"a.b","filter":"y"}]}`, "a.c", "x")
	f(`{"data-collections":["a.x,y"],"additional-conditions":[{"data-collection":"a.x,y","filter":"y"}]}`, "a.x,y", "y")
}

func TestParseMessage(t *testing.T) {
	f := func(text, id, want string) {
		t.Helper()
		s, err := ParseMessage([]byte(text))
		if err != nil || s.ID != id || says(s.Action) != want {
			t.Errorf("%s: %q %s, %v; want %q %s", text, s.ID, says(s.Action), err, id, want)
		}
	}
	f(`{"type":"log","data":{"message":"m"}}`, "", "signal.Log{Message:m}")
	f(` {"id":"a","type":"log","data":"{\"message\":\"m\"}"} `, "a", "signal.Log{Message:m}")
	f(`{"id":7,"type":"log","data":{"message":"m"},"additionalData":{}}`, "7", "signal.Log{Message:m}")
	f(`{"id":-1.5,"type":"pause-snapshot","data":null}`, "-1.5", "signal.Pause{}")
	f(`{"id":null,"type":"pause-snapshot"}`, "", "signal.Pause{}")
	f(`{"type":"pause-snapshot","data":""}`, "", "signal.Pause{}")
}

func TestParseMessage_Refuses(t *testing.T) {
	f := func(text string, is error, want string) {
		t.Helper()
		if _, err := ParseMessage([]byte(text)); !errors.Is(err, is) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	for _, text := range []string{
		``, `s3cret`, `"s3cret"`, `null`, `[]`, `{}`, `{"id":"s3cret"}`, `{"type":null}`, `{"type":7}`, `{"type":["s3cret"]}`, `{"id":true,"type":"log"}`, `{"id":{"s3cret":1},"type":"log"}`,
		`{"type":"log","data":["s3cret"]}`, `{"type":"log","data":7}`, `{"type":"log","data":{}}s3cret`, `{"type":"log","data":{"s3cret`,
	} {
		f(text, ErrMalformed, "want a JSON object")
	}
	f(`{"type":"log","data":"s3cret"}`, ErrMalformed, "the fields of log")
	f(`{"type":"nothing","data":"s3cret"}`, ErrUnknown, "nothing")
	f(`{"type":""}`, ErrUnknown, `""`)
}

// FuzzParse: nothing ends the process, errors are of the two kinds and hold nothing of
// data, and what is accepted is complete.
func FuzzParse(f *testing.F) {
	for kind := range parsers {
		f.Add(kind, `{"data-collections":["shop.o.*"],"type":"BLOCKING","additional-conditions":[{"data-collection":"shop.orders","filter":"x"}],"message":"m","gtid_set":"a:1"}`)
		f.Add(kind, `{"binlog_filename":"b.1","binlog_position":4,"additional-condition":"x","surrogate-key":"k"}`)
	}
	f.Fuzz(func(t *testing.T, kind, data string) {
		s, err := Parse("7", kind, data)
		if err != nil {
			if !errors.Is(err, ErrUnknown) && !errors.Is(err, ErrMalformed) {
				t.Errorf("an error of another kind: %v", err)
			}
			if len(data) > 40 && !strings.Contains(kind, data) && strings.Contains(err.Error(), data) {
				t.Errorf("an error quotes data: %v", err)
			}
			return
		}
		switch a := s.Action.(type) {
		case Execute:
			if len(a.Collections) == 0 {
				t.Error("a snapshot of nothing")
			}
			for _, c := range a.Collections {
				_ = a.Filter(c.Text)
			}
		case SetPosition:
			if (a.File == "") == (a.GTIDs == "") {
				t.Errorf("a position of two kinds, or none: %+v", a)
			}
		case nil:
			t.Error("a signal that asks for nothing")
		}
	})
}

// FuzzParseMessage: what a message holds is read as Parse reads it.
func FuzzParseMessage(f *testing.F) {
	f.Add([]byte(`{"id":"a","type":"log","data":{"message":"m"}}`))
	f.Add([]byte(`{"id":7,"type":"execute-snapshot","data":"{\"data-collections\":[\"a.b\"]}"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := ParseMessage(text)
		if m, err := ReadMessage(text); err == nil {
			if again, err := ReadMessage(m.Text()); err != nil || again != m {
				t.Errorf("%+v is read back as %+v, %v", m, again, err)
			}
		}
		switch {
		case err == nil && s.Action == nil:
			t.Error("a signal that asks for nothing")
		case err != nil && !errors.Is(err, ErrUnknown) && !errors.Is(err, ErrMalformed):
			t.Errorf("an error of another kind: %v", err)
		}
	})
}
