package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/width"
)

// The sizes of a picture.
const (
	mostTables = 12 // that are shown
	leastBar   = 6  // columns, or none at all
	mostBar    = 30
	leastName  = 16 // columns of a long one
)

// picture draws how far a copy is, in at most so many columns and lines of a terminal:
// some tables, among them those that are read, and all of them together.
func picture(p *copyProgress, columns, lines int) []string {
	var rows []pictureRow
	for _, t := range window(p.OfTables, min(max(lines-1, 0), mostTables)) {
		rows = append(rows, newPictureRow(cut(printable(t.Table), max(columns/3, leastName)), t.progress))
	}
	if len(p.OfTables) != 1 || len(rows) == 0 {
		rows = append(rows, newPictureRow(fmt.Sprintf("%d of %d tables", p.Tables-p.TablesLeft, p.Tables), p.progress))
	}
	return layOut(rows, columns)
}

// window is as many tables as there is room for: the first one that is not complete,
// one before it if it can be, and others behind.
func window(tables []tableProgress, room int) []tableProgress {
	if len(tables) <= room {
		return tables
	}
	at := slices.IndexFunc(tables, func(t tableProgress) bool { return !t.Complete })
	if at < 0 {
		at = len(tables)
	}
	if room > 1 {
		at--
	}
	from := min(max(at, 0), len(tables)-room)
	return tables[from : from+room]
}

// pictureRow is a line, of which some may be left out for want of columns.
type pictureRow struct {
	name                                  string
	share                                 int    // percent, for the bar
	percent, rows, of, bytes, speed, left string // "" where there is nothing to say
}

func newPictureRow(name string, p progress) pictureRow {
	r := pictureRow{name: name, share: p.Percent, rows: grouped(p.Rows), left: "waits"}
	if p.Expected > 0 && !p.Complete {
		r.of = " of " + grouped(p.Expected)
	}
	if p.Expected > 0 || p.Complete {
		r.percent = strconv.Itoa(p.Percent) + "%"
	}
	if !p.begun() {
		return r
	}
	r.bytes, r.speed, r.left = sized(p.Bytes), grouped(int64(p.RowsPerSecond))+"/s", ""
	switch {
	case p.Complete:
		r.left = "in " + lasting(p.Seconds)
	case p.SecondsLeft > 0:
		r.left = lasting(p.SecondsLeft) + " left"
	}
	return r
}

// leastDetail is the last one of the details, which begin with 0 for everything.
const leastDetail = 4

// cells are the columns behind the name and the bar.
func (r pictureRow) cells(detail int) []string {
	cells := []string{r.percent, r.rows + " rows", r.left}
	if detail < 1 {
		cells[1] = r.rows + r.of + " rows"
	}
	if detail < 4 {
		cells = slices.Insert(cells, 2, r.speed)
	}
	if detail < 2 {
		cells = slices.Insert(cells, 2, r.bytes)
	}
	return cells
}

// layOut aligns rows in the most detail for which there is room.
func layOut(rows []pictureRow, columns int) []string {
	columns-- // a terminal may go on in the next line when the last column is full
	for detail := range leastDetail {
		if lines, fits := layOutIn(rows, columns, detail); fits {
			return lines
		}
	}
	lines, _ := layOutIn(rows, columns, leastDetail)
	return lines
}

func layOutIn(rows []pictureRow, columns, detail int) (lines []string, fits bool) {
	names, widths, total := 0, []int(nil), 0
	for _, r := range rows {
		names = max(names, wide(r.name))
		for i, c := range r.cells(detail) {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], wide(c))
		}
	}
	for _, w := range widths {
		total += 2 + w
	}
	bar := min(columns-names-total-4, mostBar)
	for _, r := range rows {
		line := r.name + strings.Repeat(" ", names-wide(r.name))
		if bar >= leastBar && detail < 3 {
			line += r.bar(bar)
		}
		lines = append(lines, cut(strings.TrimRight(line+aligned(r.cells(detail), widths), " "), columns))
	}
	return lines, bar >= leastBar || detail == 3 && names+total <= columns
}

func (r pictureRow) bar(columns int) string {
	full := columns * min(max(r.share, 0), 100) / 100 // a node of another version may say anything
	return "  [" + strings.Repeat("#", full) + strings.Repeat(".", columns-full) + "]"
}

// aligned puts cells one behind the other, each at the right of its column.
func aligned(cells []string, widths []int) string {
	var line strings.Builder
	for i, c := range cells {
		line.WriteString(strings.Repeat(" ", 2+widths[i]-wide(c)) + c)
	}
	return line.String()
}

// summary is the one line that stays of a copy.
func summary(p *copyProgress) string {
	said := fmt.Sprintf("copied %s rows of %s, %s, in %s (%s rows/s)", grouped(p.Rows), plural(p.Tables, "table"), sized(p.Bytes), lasting(p.Seconds), grouped(int64(p.RowsPerSecond)))
	if p.Complete {
		return said
	}
	return fmt.Sprintf("stopped before the end, with %s left: %s", plural(p.TablesLeft, "table"), said)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return grouped(int64(n)) + " " + what + "s"
}

// grouped is a number as people read it: 1,234,567.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// sized is a number of bytes as people read it.
func sized(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	value, unit := float64(n), ""
	for _, unit = range []string{"kB", "MB", "GB", "TB"} {
		if value /= 1000; value < 999.95 {
			break
		}
	}
	return strconv.FormatFloat(value, 'f', 1, 64) + " " + unit
}

// lasting is a duration to the second.
func lasting(seconds float64) string {
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}

// printable has a name say nothing to the terminal: a server allows all characters in
// the names of tables.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, name)
}

// wide is how many columns a text takes, or more.
func wide(text string) (columns int) {
	for _, r := range text {
		columns += wideRune(r)
	}
	return columns
}

func wideRune(r rune) int {
	if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
		return 2
	}
	return 1
}

// cut is as much of a line as fits, with a sign that there is more.
func cut(line string, columns int) string {
	if wide(line) <= columns {
		return line
	}
	room := columns - 1
	for i, r := range line {
		if room -= wideRune(r); room < 0 {
			return line[:i] + "…"
		}
	}
	return line
}
