using System.Globalization;
using Lodger.Artifacts.Formats.Numpy;

namespace Lodger.Artifacts.Tests.Numpy;

/// <summary>The types and the Python literals of a NumPy header.</summary>
public sealed class NumpyTypeTests
{
    private static NumpyType Of(string descr) => NumpyType.Of(PythonLiteral.Read(descr));

    [Theory]
    [InlineData("'|b1'", "bool", 1)]
    [InlineData("'|?'", "bool", 1)]
    [InlineData("'?'", "bool", 1)]
    [InlineData("'|i1'", "int8", 1)]
    [InlineData("'|u1'", "uint8", 1)]
    [InlineData("'<i2'", "int16", 2)]
    [InlineData("'<u2'", "uint16", 2)]
    [InlineData("'=i4'", "int32", 4)]
    [InlineData("'<u4'", "uint32", 4)]
    [InlineData("'i8'", "int64", 8)]
    [InlineData("'<u8'", "uint64", 8)]
    [InlineData("'<f2'", "float16", 2)]
    [InlineData("'<f4'", "float32", 4)]
    [InlineData("'<f8'", "float64", 8)]
    [InlineData("'<c8'", "complex64", 8)]
    [InlineData("'<c16'", "complex128", 16)]
    [InlineData("'<f12'", "<f12", 12)]
    [InlineData("'<f16'", "<f16", 16)]
    [InlineData("'<c24'", "<c24", 24)]
    [InlineData("'<c32'", "<c32", 32)]
    [InlineData("'<M8[ns]'", "<M8[ns]", 8)]
    [InlineData("'<m8[25s]'", "<m8[25s]", 8)]
    [InlineData("'<M8'", "<M8", 8)]
    [InlineData("'|S5'", "|S5", 5)]
    [InlineData("'|a5'", "|a5", 5)]
    [InlineData("'<U5'", "<U5", 20)]
    [InlineData("'|V7'", "|V7", 7)]
    [InlineData("[('a', '<i4'), ('b', '<f8', (2, 3)), ('c', '|u1', 3)]", "structured", 55)]
    [InlineData("[('p', [('x', '<i2'), ('y', '<i2')]), (('title', 'q'), ('<f4', (2,)))]", "structured", 12)]
    [InlineData("[]", "structured", 0)]
    [InlineData("('<f4', (2, 5))", "structured", 40)]
    [InlineData("('<f4', ())", "structured", 4)]
    public void Types_are_named_in_PyTorchs_words_and_have_their_size(string descr, string name, int bytes)
    {
        var type = Of(descr);

        (type.Name, type.Bytes, type.HasObjects).ShouldBe((name, (Int128)bytes, false));
    }

    [Theory]
    [InlineData("'|O'")]
    [InlineData("'O8'")]
    [InlineData("[('a', '|O'), ('b', '<i4')]")]
    [InlineData("[('a', '<i4'), ('b', '|O', (2,))]")]
    [InlineData("[('a', '|O'), ('b', '|O')]")]
    [InlineData("[('a', [('b', '|O')])]")]
    public void Objects_are_found_wherever_they_are(string descr) => Of(descr).HasObjects.ShouldBeTrue();

    [Theory]
    [InlineData("'>f8'", true)]
    [InlineData("'<f8'", false)]
    [InlineData("'|u1'", false)]
    [InlineData("[('a', '>f8')]", false)]
    public void The_order_of_bytes_is_told(string descr, bool isBig) => Of(descr).IsBigEndian.ShouldBe(isBig);

    [Theory]
    [InlineData("''", "the type string is malformed")]
    [InlineData("'<'", "the type string is malformed")]
    [InlineData("'<>f8'", "the type string is malformed")]
    [InlineData("'<f9'", "the type \"<f9\" is not one NumPy has")]
    [InlineData("'<f'", "the type \"<f\" is not one NumPy has")]
    [InlineData("'<f-8'", "the type \"<f-8\" is not one NumPy has")]
    [InlineData("'<f8[s]'", "the type \"<f8[s]\" is not one NumPy has")]
    [InlineData("'<M8[s'", "the type \"<M8[s\" is not one NumPy has")]
    [InlineData("'<M4[s]'", "the type \"<M4[s]\" is not one NumPy has")]
    [InlineData("'<b2'", "the type \"<b2\" is not one NumPy has")]
    [InlineData("'<i3'", "the type \"<i3\" is not one NumPy has")]
    [InlineData("'<u16'", "the type \"<u16\" is not one NumPy has")]
    [InlineData("'<c4'", "the type \"<c4\" is not one NumPy has")]
    [InlineData("'<?1'", "the type \"<?1\" is not one NumPy has")]
    [InlineData("'<x8'", "the type \"<x8\" is not one NumPy has")]
    [InlineData("3", "the type is neither a string nor a list of fields")]
    [InlineData("None", "the type is neither a string nor a list of fields")]
    [InlineData("['<f4']", "a field of the type is not (name, type) or (name, type, shape)")]
    [InlineData("[('a',)]", "a field of the type is not (name, type) or (name, type, shape)")]
    [InlineData("[('a', '<f4', (2,), 1)]", "a field of the type is not (name, type) or (name, type, shape)")]
    [InlineData("[('a', '<f4', (-2,))]", "a field's shape is impossible")]
    [InlineData("[('a', '<f4', 'x')]", "a field's shape is impossible")]
    [InlineData("[('a', '|S9', (1024819115206086201,))]", "a field's shape is impossible")]
    [InlineData("[('a', '|S8', (1152921504606846975,)), ('b', '|S8')]", "the type is larger than any file")]
    public void What_is_no_type_is_refused(string descr, string what) => Should.Throw<FormatException>(() => Of(descr)).Message.ShouldBe(what);

    [Fact]
    public void The_largest_type_that_fits_a_file_is_one() => Of("[('a', '|S7', (1317624576693539401,)), ('b', '|S0')]").Bytes.ShouldBe(long.MaxValue);

    [Theory]
    [InlineData("1", "1")]
    [InlineData(" \t\r\n-12 \t\r\n", "-12")]
    [InlineData("9223372036854775807", "9223372036854775807")]
    [InlineData("-9223372036854775808", "-9223372036854775808")]
    [InlineData("5L", "5")]
    [InlineData("True", "True")]
    [InlineData("False", "False")]
    [InlineData("None", "None")]
    [InlineData("'abc'", "'abc'")]
    [InlineData("\"it's\"", "'it's'")]
    [InlineData("''", "''")]
    [InlineData(@"'\\\'\""\n\t\r\x41\u00e4\U0001F600\q'", "'\\'\"\n\t\rAä😀\\q'")]
    [InlineData(@"'\U00110000\ud800\udfff\ud7ff\ue000\U0010ffff'", "'\uFFFD\uFFFD\uFFFD\uD7FF\uE000\U0010FFFF'")]
    [InlineData("()", "[]")]
    [InlineData("[]", "[]")]
    [InlineData("(3)", "3")]
    [InlineData("[3]", "[3]")]
    [InlineData("(3,)", "[3]")]
    [InlineData("( 3 , 4 , )", "[3, 4]")]
    [InlineData("[(1, 2), [3], ()]", "[[1, 2], [3], []]")]
    [InlineData("{}", "{}")]
    [InlineData("{'a': 1, \"b\" : (2,) , }", "{'a': 1, 'b': [2]}")]
    [InlineData("{'a': {'b': None}}", "{'a': {'b': None}}")]
    public void Python_literals_are_read(string text, string shown) => Shown(PythonLiteral.Read(text)).ShouldBe(shown);

    [Theory]
    [InlineData("", "it ends too early")]
    [InlineData("(1", "it ends too early")]
    [InlineData("(1,", "it ends too early")]
    [InlineData("{'a'", "it ends too early")]
    [InlineData("'abc", "it ends too early")]
    [InlineData("'abc\\", "it ends too early")]
    [InlineData("'\\x41", "it ends too early")]
    [InlineData("1 2", "something unexpected at character 2")]
    [InlineData("x", "something unexpected at character 0")]
    [InlineData("(1 2)", "something unexpected at character 3")]
    [InlineData("[1)", "something unexpected at character 2")]
    [InlineData("(,)", "something unexpected at character 1")]
    [InlineData("{1: 2}", "something unexpected at character 2")]
    [InlineData("{'a' 2}", "something unexpected at character 5")]
    [InlineData("{'a': 1 'b': 2}", "something unexpected at character 8")]
    [InlineData("{'a': 1, 'a': 2}", "something unexpected at character 15")]
    [InlineData("'\\xzz'", "something unexpected at character 3")]
    [InlineData("'\\x4", "something unexpected at character 3")]
    [InlineData("'\\u41'", "something unexpected at character 3")]
    [InlineData("9223372036854775808", "the number 9223372036854775808 does not fit 63 bits")]
    [InlineData("-", "the number - does not fit 63 bits")]
    public void What_is_no_literal_is_refused_with_its_place(string text, string what) => Should.Throw<FormatException>(() => PythonLiteral.Read(text)).Message.ShouldBe(what);

    [Fact]
    public void Literals_may_be_thirty_two_levels_deep()
    {
        string Nested(int levels) => new string('[', levels) + new string(']', levels);

        Shown(PythonLiteral.Read(Nested(33))).ShouldBe(Nested(33));
        Should.Throw<FormatException>(() => PythonLiteral.Read(Nested(34).Insert(34, "1"))).Message.ShouldBe("nested deeper than 32 levels");
        Should.Throw<FormatException>(() => PythonLiteral.Read(string.Concat(Enumerable.Repeat("{'a':", 34)) + "1")).Message.ShouldBe("nested deeper than 32 levels");
        Should.Throw<FormatException>(() => PythonLiteral.Read(new string('{', 34) + "1")).Message.ShouldBe("nested deeper than 32 levels");
        Should.Throw<FormatException>(() => PythonLiteral.Read(new string('(', 34) + "1")).Message.ShouldBe("nested deeper than 32 levels");
    }

    private static string Shown(object? value) => value switch
    {
        null => "None",
        string text => $"'{text}'",
        Dictionary<string, object?> entries => $"{{{string.Join(", ", entries.Select(entry => $"'{entry.Key}': {Shown(entry.Value)}"))}}}",
        List<object?> items => $"[{string.Join(", ", items.Select(Shown))}]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
