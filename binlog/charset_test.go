package binlog

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestCharset_Text converts bytes as each server charset has them. What Java
// makes of them was printed with Java 17.
func TestCharset_Text(t *testing.T) {
	f := func(name, in, want string) {
		t.Helper()
		c, err := charsetNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		var r cursor
		if got := string(c.utf8(&r, []byte(in))); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	f("utf8mb4", "日本\xff", "日本\xff") // left to the writer
	f("ascii", "plain", "plain")
	f("ascii", "a\x80\xc3\xa9", "a���")
	f("latin1", "caf\xe9 \x80\x99", "café €™")
	f("latin1", "\x81\x8d\x8f\x90\x9d", "�����")
	f("cp1250", "\x8a\x9e\x81", "Šž�")
	f("cp1251", "\xcf\xf0\xe8\xe2\xe5\xf2\x98", "Привет�")
	f("cp1256", "\xc7\xe1", "ال")
	f("cp1257", "\xd0\xfe\xa1", "Šž�")
	f("latin2", "\xb1\xe6\x80", "ąć\u0080")
	f("latin5", "\xd0\xfd\xfe", "Ğış")
	f("latin7", "\xe0\xd8", "ąŲ")
	f("greek", "\xe1\xe2\xe3", "αβγ")
	f("hebrew", "\xf9\xec\xe5\xed", "שלום")
	f("tis620", "\xca\xc7\xd1\x80", "สวั�")
	f("koi8r", "\xf0\xd2\xc9\xd7\xc5\xd4", "Привет")
	f("koi8u", "\xa4\xa6", "єі")
	f("cp850", "\x81\x8e", "üÄ")
	f("cp852", "\x9f\xe7", "čš")
	f("cp866", "\x8f\xe0", "Пр")
	f("macroman", "\x8a\x8e", "äé")
	f("macce", "\x84\x8b", "Ąč")
	f("dec8", "\xd7\xa4", "Œ�")
	f("hp8", "\xcc\xbd", "ä§")
	f("keybcs2", "\x80\x9b", "ČŠ")
	f("armscii8", "\xb2\xb3", "Աա")
	f("geostd8", "\xc0\xc1", "აბ")
	f("swe7", "]{|}a", "Åäöåa")
	f("gbk", "\xd6\xd0\xce\xc4", "中文")
	f("gbk", "\xd6", "�")
	f("gb2312", "\xa1\xa4\xa1\xaa", "・―")
	f("gb18030", "\x81\x30\x81\x30", "\u0080")
	f("big5", "\xa4\xa4\xa4\xe5", "中文")
	f("sjis", "\x93\xfa\x96\x7b\x81\x60", "日本〜")
	f("cp932", "\x93\xfa\x81\x60", "日～")
	f("ujis", "\xc6\xfc\xa1\xc1", "日〜")
	f("eucjpms", "\xc6\xfc", "日")
	f("euckr", "\xc7\xd1", "한")
	f("utf16", "\x00a\x20\xac\xd8\x3d\xde\x00", "a€😀")
	f("utf16", "\xd8\x3d\x00a\x00", "�a�")
	f("ucs2", "\x65\xe5", "日")
	f("utf16le", "a\x00\xac\x20", "a€")
	f("utf32", "\x00\x01\xf6\x00\x00\x11\x00\x00", "😀�")
}

func TestCharset_Unknown(t *testing.T) {
	for _, name := range []string{"", "filename", "utf8mb5"} {
		if _, err := charsetNamed(name); err == nil {
			t.Errorf("%q was accepted", name)
		}
	}
}

// TestCharset_AllBytes: whatever the bytes are, the result is UTF-8.
func TestCharset_AllBytes(t *testing.T) {
	var all []byte
	for a := range 256 {
		for b := range 256 {
			all = append(all, byte(a), byte(b))
		}
	}
	names := "ascii latin1 latin2 latin5 latin7 cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 greek hebrew tis620 " +
		"koi8r koi8u macroman macce dec8 hp8 keybcs2 armscii8 geostd8 swe7 gbk gb2312 gb18030 big5 sjis cp932 ujis " +
		"eucjpms euckr utf16 utf16le utf32 ucs2"
	for name := range strings.FieldsSeq(names) {
		c, err := charsetNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(c.transcode(nil, all)) || !utf8.Valid(c.transcode(nil, all[1:])) {
			t.Errorf("%s: not UTF-8", name)
		}
		if c.ascii && string(c.transcode(nil, []byte("az AZ 09 ~\\"))) != "az AZ 09 ~\\" {
			t.Errorf("%s is no extension of ASCII", name)
		}
	}
}
