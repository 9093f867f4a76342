using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Server.Api;

namespace Lodger.Cli.Terminal;

/// <summary>
/// What the command shows and asks. Facts go to <see cref="OutWriter"/>, remarks and problems to <see cref="ErrWriter"/>; with <see cref="IsJson"/> only JSON goes to
/// the former. Anything that is not a terminal gets plain lines.
/// </summary>
internal sealed class Screen
{
    /// <summary>Lines are not broken for a reader that is a file or another program.</summary>
    private const int PipeWidth = 4000;

    private readonly TextReader input;

    public Screen(TextWriter outWriter, TextWriter errWriter, TextReader input, ScreenTraits traits)
    {
        OutWriter = outWriter;
        ErrWriter = errWriter;
        this.input = input;
        Traits = traits;
    }

    public ScreenTraits Traits { get; }

    /// <summary>Raw: for a job's own output and for JSON.</summary>
    public TextWriter OutWriter { get; }

    public TextWriter ErrWriter { get; }

    /// <summary>Columns of where facts go.</summary>
    public int Width => WidthOf(Traits.OutIsTerminal);

    public bool IsJson { get; set; }

    /// <summary>True when a person can be asked: both ends of the conversation are a terminal.</summary>
    public bool CanAsk => Traits.InIsTerminal && Traits.OutIsTerminal && !IsJson;

    /// <summary>True when lines may be redrawn in place.</summary>
    public bool IsLive => Traits.OutIsTerminal && Traits.MayRedraw && !IsJson;

    /// <summary>One line of facts, in markup; see <see cref="Shown"/> for what comes from elsewhere.</summary>
    public void Line(string markup = "")
    {
        if (!IsJson)
            Write(OutWriter, Traits.OutIsTerminal, markup + '\n');
    }

    /// <summary>A remark that is not part of the answer.</summary>
    public void Remark(string plain)
    {
        if (!IsJson)
            WriteError(Shown.Text(plain));
    }

    /// <summary>Plain text behind a lead that is markup; what does not fit goes on under the text.</summary>
    public void Hang(string lead, string text, string style = "default")
    {
        var indent = Markup.Remove(lead).Length;
        var first = true;
        foreach (var line in Wrapped.Lines(Shown.Plain(text), Width - indent))
        {
            Line($"{(first ? lead : new string(' ', indent))}[{style}]{Markup.Escape(line)}[/]");
            first = false;
        }
    }

    public void Table(Listing table)
    {
        // At once: thousands of rows are one write.
        if (table.Lines(Width) is { Count: > 0 } lines)
            Line(string.Join('\n', lines));
    }

    /// <summary>One JSON document on one line.</summary>
    public void Json<T>(T value, JsonTypeInfo<T> type)
    {
        OutWriter.WriteLine(JsonSerializer.Serialize(value, type));
        OutWriter.Flush();
    }

    /// <summary>Shows what went wrong and what to do; returns what to exit with.</summary>
    public ExitCode Fail(Problem problem)
    {
        if (IsJson)
            Json(new ProblemView(problem), ApiJson.Default.ProblemView);
        return FailAfterAnswer(problem);
    }

    /// <summary>The same where standard output has its answer already: with <c>--json</c> there is one document, never two.</summary>
    public ExitCode FailAfterAnswer(Problem problem)
    {
        var width = WidthOf(Traits.ErrIsTerminal);
        foreach (var line in problem.Message.Split('\n').SelectMany(l => Wrapped.Lines(Shown.Plain(l), width)))
            WriteError(Markup.Escape(line));
        if (problem.Fix.Length > 0)
        {
            foreach (var line in Wrapped.Lines(Shown.Plain(problem.Fix), width - 2))
                WriteError($"  {Markup.Escape(line)}");
        }

        return problem.ExitCode;
    }

    /// <summary>A question whose answer is no unless a person says yes.</summary>
    public async Task<bool> AskAsync(string question, CancellationToken cancellationToken) =>
        await PromptAsync($"{question} [y/N] ", cancellationToken) is { } answer
        && answer.Trim().ToUpperInvariant() is "Y" or "YES";

    /// <summary>What the person typed; null at the end of the input.</summary>
    public async Task<string?> PromptAsync(string question, CancellationToken cancellationToken)
    {
        Write(OutWriter, Traits.OutIsTerminal, Shown.Text(question));
        // A read from the terminal cannot be cancelled; Ctrl-C leaves it behind on its own thread.
        return await Task.Run(input.ReadLine, CancellationToken.None).WaitAsync(cancellationToken);
    }

    /// <summary>As <see cref="PromptAsync"/>, without showing what is typed.</summary>
    public async Task<string?> PromptHiddenAsync(string question, CancellationToken cancellationToken)
    {
        Write(ErrWriter, Traits.ErrIsTerminal, Shown.Text(question));
        return await Task.Run(() => input is StandardInput ? HiddenLine.Read(ErrWriter) : input.ReadLine(), CancellationToken.None).WaitAsync(cancellationToken);
    }

    private int WidthOf(bool isTerminal) => isTerminal ? Traits.Width : PipeWidth;

    private void WriteError(string markup) => Write(ErrWriter, Traits.ErrIsTerminal, markup + '\n');

    private void Write(TextWriter writer, bool isTerminal, string markup)
    {
        var looks = !isTerminal || !Traits.MayRedraw ? Looks.Plain : Traits.NoColor ? Looks.NoColor : Looks.Color;
        writer.Write(Markup.Render(markup, WidthOf(isTerminal), looks));
        writer.Flush();
    }
}

/// <summary>What the terminal can do.</summary>
/// <param name="MayRedraw">False for <c>TERM=dumb</c>.</param>
/// <param name="NoColor">As asked for by the NO_COLOR convention.</param>
/// <param name="Width">In columns.</param>
/// <param name="Unicode">The locale's characters are UTF-8; false: ASCII alone.</param>
internal sealed record ScreenTraits(bool InIsTerminal, bool OutIsTerminal, bool ErrIsTerminal, bool MayRedraw, bool NoColor, int Width, bool Unicode = true)
{
    private const int WidthMin = 40;
    private const int WidthDefault = 80;

    /// <summary>Of the process's own terminal.</summary>
    public static ScreenTraits OfProcess(Func<string, string?> environment) =>
        Of(environment, !Console.IsInputRedirected, !Console.IsOutputRedirected, !Console.IsErrorRedirected, Console.IsOutputRedirected ? null : WidthOfTerminal());

    /// <param name="environment">Of the process that the terminal is of.</param>
    /// <param name="width">Null: where the output goes has none.</param>
    public static ScreenTraits Of(Func<string, string?> environment, bool inIsTerminal, bool outIsTerminal, bool errIsTerminal, int? width) => new(
        inIsTerminal,
        outIsTerminal,
        errIsTerminal,
        environment("TERM") is { Length: > 0 } term && term != "dumb",
        environment("NO_COLOR") is { Length: > 0 },
        width ?? WidthDefault,
        IsUnicode(environment));

    /// <summary>As the C library finds it: the first of the three that is set.</summary>
    internal static bool IsUnicode(Func<string, string?> environment) =>
        new[] { "LC_ALL", "LC_CTYPE", "LANG" }.Select(environment).FirstOrDefault(v => v is { Length: > 0 }) is { } locale
        && locale.Replace("-", "", StringComparison.Ordinal).Contains("utf8", StringComparison.OrdinalIgnoreCase);

    /// <summary>Of the process's own terminal, in columns.</summary>
    public static int WidthOfTerminal()
    {
        try
        {
            return Console.WindowWidth >= WidthMin ? Console.WindowWidth : WidthDefault;
        }
        catch (IOException)
        {
            return WidthDefault;
        }
    }
}
