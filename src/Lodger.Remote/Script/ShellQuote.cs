using System.Buffers;

namespace Lodger.Remote.Script;

/// <summary>Makes one word of a POSIX shell command out of any string.</summary>
public static class ShellQuote
{
    private static readonly SearchValues<char> Plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+=@:,-");

    public static string Word(string text) =>
        text.Length > 0 && text.AsSpan().IndexOfAnyExcept(Plain) < 0 ? text : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
