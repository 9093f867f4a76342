namespace Lodger.Cli.Terminal;

/// <summary>The process's own input, opened by whoever reads of it first: most commands never do, and to open it means to learn what the terminal can.</summary>
internal sealed class StandardInput : TextReader
{
    public override int Peek() => Console.In.Peek();

    public override int Read() => Console.In.Read();

    public override int Read(char[] buffer, int index, int count) => Console.In.Read(buffer, index, count);

    public override string? ReadLine() => Console.In.ReadLine();

    public override string ReadToEnd() => Console.In.ReadToEnd();

    public override ValueTask<string?> ReadLineAsync(CancellationToken cancellationToken) => Console.In.ReadLineAsync(cancellationToken);
}
