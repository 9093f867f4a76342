namespace Lodger.Cli.Terminal;

/// <summary>Copies what a machine prints to a terminal, piece by piece, with everything taken out that could draw on it or speak for us.</summary>
internal static class CleanedText
{
    private const int PieceCharsMax = 8 * 1024;

    /// <summary>Until the end of the input; a line is shown when it is whole, a longer one in pieces.</summary>
    public static async Task CopyAsync(TextReader from, TextWriter to)
    {
        var piece = new char[PieceCharsMax];
        var length = 0;
        while (await from.ReadAsync(piece.AsMemory(length)) is > 0 and var read)
        {
            length += read;
            // What may be the beginning of an escape or of a line break waits for its rest, unless it alone fills the piece.
            var end = piece.AsSpan(0, length).LastIndexOf('\n') + 1;
            if (end == 0 && length == PieceCharsMax)
                end = length;
            to.Write(Shown.Block(new string(piece, 0, end)));
            await to.FlushAsync();
            piece.AsSpan(end, length - end).CopyTo(piece);
            length -= end;
        }

        to.Write(Shown.Block(new string(piece, 0, length)));
        await to.FlushAsync();
    }
}
