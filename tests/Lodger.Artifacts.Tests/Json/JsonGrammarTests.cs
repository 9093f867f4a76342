using System.Text;
using Lodger.Artifacts.Formats.Json;

namespace Lodger.Artifacts.Tests;

/// <summary>The grammar of RFC 8259, rule by rule: what it allows loads, what it does not is named.</summary>
public sealed class JsonGrammarTests
{
    private const string Cut = "it ends in the middle of a value: it was cut short.";
    private const string Number = "it has a number that is not complete.";
    private const string Escape = "it has a backslash in a string that escapes nothing.";
    private const string Hex = "it has a \\u in a string without four hex digits.";
    private const string Control = "it has a line break or control character inside a string.";
    private const string Utf8 = "it has a string that is not UTF-8.";

    private static string At(char mark) => $"it has a '{mark}' where that cannot stand.";

    [Theory]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("10")]
    [InlineData("9")]
    [InlineData("-9")]
    [InlineData("1234567890")]
    [InlineData("0.5")]
    [InlineData("-12.50")]
    [InlineData("1.09")]
    [InlineData("1e5")]
    [InlineData("1E5")]
    [InlineData("0e0")]
    [InlineData("1e+05")]
    [InlineData("1e-95")]
    [InlineData("1.25e10")]
    [InlineData("1.25E-10")]
    [InlineData("true")]
    [InlineData("false")]
    [InlineData("null")]
    [InlineData("\"\"")]
    [InlineData("\" ~\u007f\"")]
    [InlineData("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u09aF\\uFfA0\"")]
    [InlineData("\"012345678901234567890123456789\\n012345678901234567890123456789\\n0123456789\"")]
    [InlineData("{\"012345678901234567890123456789\\n012345678901234567890123456789\":0}")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("[[],{}]")]
    [InlineData("{\"a\":{},\"b\":[]}")]
    [InlineData("{\"\":\"\"}")]
    public void A_value_that_the_grammar_allows_loads_alone_in_a_list_and_in_an_object(string value)
    {
        string[] texts = [$"[{value}]", $" \t\r\n[ \t\r\n{value} \t\r\n, \t\r\n{value}\t] \t\r\n", $"{{\"k\":{value}}}", $"{{ \"k\" : {value} , \"l\" :\n{value}\r}}"];
        foreach (var text in texts)
        {
            ReportLines.Only("m.json", text).ShouldBe("Loads", text);
        }
    }

    [Theory]
    [InlineData("01", '1')]
    [InlineData("00", '0')]
    [InlineData("-01", '1')]
    [InlineData("1.5.5", '.')]
    [InlineData("1e5.5", '.')]
    [InlineData("1e5e5", 'e')]
    [InlineData("1-", '-')]
    [InlineData("1+", '+')]
    [InlineData("0x1", 'x')]
    [InlineData("+1", '+')]
    [InlineData(".5", '.')]
    [InlineData("e5", 'e')]
    [InlineData("1Infinity", 'I')]
    [InlineData("-I,", ',')]
    [InlineData("-INF", 'N')]
    [InlineData("/", '/')]
    [InlineData(":", ':')]
    [InlineData("!", '!')]
    [InlineData("~", '~')]
    [InlineData("True", 'T')]
    [InlineData("tRue", 'R')]
    [InlineData("trUe", 'U')]
    [InlineData("truE", 'E')]
    [InlineData("fAlse", 'A')]
    [InlineData("falsy", 'y')]
    [InlineData("nulL", 'L')]
    [InlineData("nan", 'a')]
    [InlineData("NaM", 'M')]
    [InlineData("Infinite", 'e')]
    [InlineData("truest", 's')]
    [InlineData("nulls", 's')]
    [InlineData("\"a\"b", 'b')]
    [InlineData("1 2", '2')]
    [InlineData("{} {}", '{')]
    [InlineData("1,,2", ',')]
    [InlineData("1,", ']')]
    [InlineData(",1", ',')]
    [InlineData("1:2", ':')]
    [InlineData("1}", '}')]
    [InlineData("}", '}')]
    [InlineData("{]", ']')]
    [InlineData("{1:2}", '1')]
    [InlineData("{\"a\"}", '}')]
    [InlineData("{\"a\",1}", ',')]
    [InlineData("{\"a\"1}", '1')]
    [InlineData("{\"a\":}", '}')]
    [InlineData("{\"a\":1,}", '}')]
    [InlineData("{\"a\":1]", ']')]
    [InlineData("{\"a\":1 \"b\":2}", '"')]
    [InlineData("{\"a\":1,1:2}", '1')]
    [InlineData("{,}", ',')]
    [InlineData("{\"a\"::1}", ':')]
    public void A_mark_where_none_can_stand_is_named(string inList, char mark) =>
        ReportLines.Of("m.json", $"[{inList}]")[..2].ShouldBe(["Damaged", $"Error json-invalid: {At(mark)}"]);

    [Theory]
    [InlineData("[-]", Number)]
    [InlineData("[-a]", Number)]
    [InlineData("[--1]", Number)]
    [InlineData("[1.]", Number)]
    [InlineData("[1.e5]", Number)]
    [InlineData("[1e]", Number)]
    [InlineData("[1e+]", Number)]
    [InlineData("[1e-+1]", Number)]
    [InlineData("[1.5e]", Number)]
    [InlineData("-", Number)]
    [InlineData("2.", Number)]
    [InlineData("[\"\\x\"]", Escape)]
    [InlineData("[\"\\U0041\"]", Escape)]
    [InlineData("[\"\\'\"]", Escape)]
    [InlineData("[\"\\a\"]", Escape)]
    [InlineData("[\"\\u123\"]", Hex)]
    [InlineData("[\"\\u12g4\"]", Hex)]
    [InlineData("[\"\\u/234\"]", Hex)]
    [InlineData("[\"\\u\\u\"]", Hex)]
    [InlineData("[\"a\nb\"]", Control)]
    [InlineData("[\"\u001f\"]", Control)]
    [InlineData("[\"\0\"]", Control)]
    [InlineData("{\"a\tb\":1}", Control)]
    [InlineData("[\"\\\n\"]", Escape)]
    [InlineData("\u0001", "it has a byte 0x01 where that cannot stand.")]
    [InlineData("[\u007f]", "it has a byte 0x7F where that cannot stand.")]
    [InlineData("[\u00e9]", "it has a byte 0xC3 where that cannot stand.")]
    [InlineData("[\f1]", "it has a byte 0x0C where that cannot stand.")]
    [InlineData("", "it is empty, and no JSON file is.")]
    [InlineData(" \t\r\n", "it is empty.")]
    [InlineData("[", Cut)]
    [InlineData("[1", Cut)]
    [InlineData("[1,", Cut)]
    [InlineData("{", Cut)]
    [InlineData("{\"a", Cut)]
    [InlineData("{\"a\"", Cut)]
    [InlineData("{\"a\":", Cut)]
    [InlineData("{\"a\":1", Cut)]
    [InlineData("{\"a\":1,", Cut)]
    [InlineData("\"a", Cut)]
    [InlineData("tru", Cut)]
    [InlineData("[[]", Cut)]
    public void What_is_wrong_is_said_in_one_sentence(string text, string what)
    {
        var id = text.Length == 0 ? "empty" : "json-invalid";
        ReportLines.Only("m.json", text).ShouldBe($"Damaged Error {id}: {what}");
    }

    [Fact]
    public void The_first_thing_that_is_wrong_is_the_one_that_is_said() =>
        ReportLines.Only("m.json", "[1 2 \"\\x\" } -").ShouldBe($"Damaged Error json-invalid: {At('2')}");

    // Unicode 16, table 3-7: the first and last of every row, and what lies just outside
    [Theory]
    [InlineData("C280", true)]
    [InlineData("DFBF", true)]
    [InlineData("E0A080", true)]
    [InlineData("E0BFBF", true)]
    [InlineData("E18080", true)]
    [InlineData("ECBFBF", true)]
    [InlineData("ED8080", true)]
    [InlineData("ED9FBF", true)]
    [InlineData("EE8080", true)]
    [InlineData("EFBFBF", true)]
    [InlineData("F0908080", true)]
    [InlineData("F0BFBFBF", true)]
    [InlineData("F1808080", true)]
    [InlineData("F3BFBFBF", true)]
    [InlineData("F4808080", true)]
    [InlineData("F48FBFBF", true)]
    [InlineData("80", false)]
    [InlineData("BF", false)]
    [InlineData("C180", false)]
    [InlineData("C27F", false)]
    [InlineData("C2C0", false)]
    [InlineData("DF41", false)]
    [InlineData("E09FBF", false)]
    [InlineData("E0C080", false)]
    [InlineData("E17F80", false)]
    [InlineData("E1807F", false)]
    [InlineData("E180C0", false)]
    [InlineData("ED7F80", false)]
    [InlineData("EDA080", false)]
    [InlineData("EFC080", false)]
    [InlineData("F08F8080", false)]
    [InlineData("F0C08080", false)]
    [InlineData("F1808041", false)]
    [InlineData("F4908080", false)]
    [InlineData("F47F8080", false)]
    [InlineData("F5808080", false)]
    [InlineData("FF", false)]
    public void A_character_in_a_string_is_UTF8_to_the_letter(string hex, bool isUtf8)
    {
        byte[] text = [.. "[\"a"u8, .. Convert.FromHexString(hex), .. "b\"]"u8];

        ReportLines.Only("m.json", text).ShouldBe(isUtf8 ? "Loads" : $"Damaged Error json-invalid: {Utf8}");
    }

    [Fact]
    public void A_text_is_judged_alike_wherever_reading_it_stopped_and_went_on()
    {
        string[] texts = ["""{"stép": -1.5e+3, "b\u00e9\\": [true, {"c": null}, NaN, -Infinity], "stép": "x"}""", "[\"\\u00g\"]", "[tru e]", "{\"a\":-}", "[\"\u00e9\", \"b\nc\"]", "12.5"];
        foreach (var bytes in texts.Select(Encoding.UTF8.GetBytes))
        {
            var whole = Scanned(bytes, bytes.Length);
            for (var at = 0; at < bytes.Length; at++)
            {
                Scanned(bytes, at).ShouldBe(whole, $"split at {at}");
            }
        }
    }

    [Theory]
    [InlineData(1000, false)]
    [InlineData(1001, true)]
    public void A_thousand_levels_are_judged_and_one_more_is_not(int levels, bool tooDeep)
    {
        string[] texts = [new string('[', levels) + new string(']', levels), string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels)];
        foreach (var text in texts)
        {
            ReportLines.Only("m.json", text).ShouldBe(tooDeep ? "HashOnly Warning json-too-deep: it is nested deeper than 1000 levels." : "Loads");
        }
    }

    private static (string?, bool, long, string?) Scanned(byte[] bytes, int split)
    {
        var scan = new JsonScan();
        scan.Feed(bytes.AsSpan(0, split));
        scan.Feed(bytes.AsSpan(split));
        scan.Finish();
        return (scan.Failure, scan.IsBareNumber, scan.NotFinite, scan.DuplicateKey);
    }
}
