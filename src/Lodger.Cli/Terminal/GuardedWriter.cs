using System.Text;

namespace Lodger.Cli.Terminal;

/// <summary>Standard output could not be written: a full disk, a closed file.</summary>
internal sealed class OutputLostException(Exception cause) : Exception(cause.Message, cause);

/// <summary>An output of the process. What cannot be written there is no defect of Lodger: of answers it is told, and remarks have nowhere to go.</summary>
/// <param name="isAnswer">False: what cannot be written is dropped.</param>
internal sealed class GuardedWriter(TextWriter inner, bool isAnswer) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void Flush() => Try(inner.Flush);

    public override Task FlushAsync()
    {
        Flush();
        return Task.CompletedTask;
    }

    /// <summary>The reader of the output has gone, as head(1) does.</summary>
    public static bool IsBrokenPipe(IOException e) => e.Message.Contains("Broken pipe", StringComparison.Ordinal);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (isAnswer)
                throw e is IOException io && IsBrokenPipe(io) ? io : new OutputLostException(e.InnerException ?? e);
        }
    }
}
