package binlog

import "unicode/utf8"

// Single-byte sets that x/text does not have: the characters from 0x80 on.
// The server has no character for \ufffd. Connector/J reads most of these as
// Cp1252, for want of a Java charset, and so does Debezium; here they are right.
// Source: MySQL share/charsets/*.xml.

// c1 are the control characters 0x80 to 0x9F.
const c1 = "\u0080\u0081\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089\u008a\u008b\u008c\u008d\u008e\u008f" +
	"\u0090\u0091\u0092\u0093\u0094\u0095\u0096\u0097\u0098\u0099\u009a\u009b\u009c\u009d\u009e\u009f"

const (
	asciiHigh    = ""
	armscii8High = c1 +
		"\u00a0❁§։)(»«—.՝,-՟…՜" +
		"՛՞ԱաԲբԳգԴդԵեԶզԷէ" +
		"ԸըԹթԺժԻիԼլԽխԾծԿկ" +
		"ՀհՁձՂղՃճՄմՅյՆնՇշ" +
		"ՈոՉչՊպՋջՌռՍսՎվՏտ" +
		"ՐրՑցՒւՓփՔքՕօՖֆ’'"
	dec8High = c1 +
		"\u00a0¡¢£\ufffd¥\ufffd§¤©ª«\ufffd\ufffd\ufffd\ufffd" +
		"°±²³\ufffdµ¶·\ufffd¹º»¼½\ufffd¿" +
		"ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏ" +
		"\ufffdÑÒÓÔÕÖŒØÙÚÛÜŸ\ufffdß" +
		"àáâãäåæçèéêëìíîï" +
		"\ufffdñòóôõöœøùúûüÿ"
	geostd8High = "€\ufffd‚\ufffd„…†‡\ufffd‰\ufffd‹\ufffd\ufffd\ufffd\ufffd" +
		"\ufffd‘’“”•–—\ufffd\ufffd\ufffd›\ufffd\ufffd\ufffd\ufffd" +
		"\u00a0¡¢£¤¥¦§¨©ª«¬\u00ad®¯" +
		"°±²³´µ¶·¸¹º»¼½¾¿" +
		"აბგდევზჱთიკლმნჲო" +
		"პჟრსტჳუფქღყშჩცძწ" +
		"ჭხჴჯჰჵ\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd" +
		"\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd№"
	hp8High = c1 +
		"\u00a0ÀÂÈÊËÎÏ´ˋˆ¨˜ÙÛ₤" +
		"¯Ýý°ÇçÑñ¡¿¤£¥§ƒ¢" +
		"âêôûáéóúàèòùäëöü" +
		"ÅîØÆåíøæÄìÖÜÉïßÔ" +
		"ÁÃãÐðÍÌÓÒÕõŠšÚŸÿ" +
		"Þþ·µ¶¾—¼½ªº«■»±"
	keybcs2High = "ČüéďäĎŤčěĚĹÍľĺÄÁ" +
		"ÉžŽôöÓůÚýÖÜŠĽÝŘť" +
		"áíóúňŇŮÔšřŕŔ¼¡«»" +
		"░▒▓│┤╡╢╖╕╣║╗╝╜╛┐" +
		"└┴┬├─┼╞╟╚╔╩╦╠═╬╧" +
		"╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀" +
		"αßΓπΣσµτΦΘΩδ∞φε∩" +
		"≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0"
	macceHigh = "ÄĀāÉĄÖÜáąČäčĆćéŹ" +
		"źĎíďĒēĖóėôöõúĚěü" +
		"†°Ę£§•¶ß®©™ę¨≠ģĮ" +
		"įĪ≤≥īĶ∂∑łĻļĽľĹĺŅ" +
		"ņŃ¬√ńŇ∆«»…\u00a0ňŐÕőŌ" +
		"–—“”‘’÷◊ōŔŕŘ‹›řŖ" +
		"ŗŠ‚„šŚśÁŤťÍŽžŪÓÔ" +
		"ūŮÚůŰűŲųÝýķŻŁżĢˇ"
)

func rareTable(name string) *[256]rune {
	switch name {
	case "armscii8":
		return ownTable(armscii8High)
	case "dec8":
		return ownTable(dec8High)
	case "geostd8":
		return ownTable(geostd8High)
	case "hp8":
		return ownTable(hp8High)
	case "keybcs2":
		return ownTable(keybcs2High)
	case "macce":
		return ownTable(macceHigh)
	default:
		return nil
	}
}

// swe7Table is Swedish ISO 646, which has letters in the place of some ASCII.
func swe7Table() *[256]rune {
	t := ownTable(asciiHigh)
	for b, r := range map[byte]rune{
		'@': 'É', '[': 'Ä', '\\': 'Ö', ']': 'Å', '^': 'Ü', '`': 'é', '{': 'ä', '|': 'ö', '}': 'å', '~': 'ü', 0x7f: utf8.RuneError,
	} {
		t[b] = r
	}
	return t
}
