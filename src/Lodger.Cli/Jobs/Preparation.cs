using System.Text.RegularExpressions;
using Lodger.Cli.Commands;
using Lodger.Cli.Composition;
using Lodger.Domain.Plan;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Remote.Code;

namespace Lodger.Cli.Jobs;

/// <summary>A job that is ready to be priced: its spec, its code counted, scripts repaired when the person agreed.</summary>
/// <param name="Assumed">In sentences: what nobody said about the job.</param>
internal sealed partial record Preparation(JobSpec Spec, PlanInputs Inputs, int CodeFiles, IReadOnlyList<string> Assumed)
{
    /// <summary>Bytes of code above which the person is asked to think of .lodgerignore.</summary>
    private const long LargeCode = 200_000_000;

    /// <param name="fixScripts">The person agreed beforehand to send repaired copies of CRLF scripts.</param>
    /// <param name="mayAsk">False for a plan, which only tells.</param>
    public static async Task<Outcome<Preparation>> MakeAsync(Surroundings around, SpecRead read, bool fixScripts, bool mayAsk, CancellationToken cancellationToken)
    {
        var spec = read.Spec;
        if (spec.CodeDirectory is not { } directory)
            return new Preparation(spec, InputsOf(spec, 0, []), 0, WithProgram(read, []));
        if (!(await CodeScan.RunAsync(directory, around.Time, cancellationToken)).TryGet(out var code, out var problem))
            return problem;
        if (code.Bytes > LargeCode)
            around.Screen.Remark($"The code is {Figures.Bytes(code.Bytes)} in {Figures.Of(code.Files.Count, "file")}: what the job does not need belongs into .lodgerignore; data belongs into  data:");
        // A plan only tells: there it is a finding.
        if (code.CrlfScripts.Count > 0 && mayAsk)
        {
            around.Screen.Remark($"Windows line ends (CRLF) in {string.Join(", ", code.CrlfScripts)}: a Linux shell refuses such scripts with words that mislead.");
            if (!fixScripts && !(around.Screen.CanAsk && await around.Screen.AskAsync("Send repaired copies (your files stay as they are)?", cancellationToken)))
                return new Problem("crlf-scripts", "Scripts with CRLF line ends would fail on the machine; nothing was rented.", "Repair them (sed -i 's/\\r$//' FILE), or run again with  --fix-crlf", ExitCode.BadInput);
            if (!around.Places().TryGet(out var places, out var homeless))
                return homeless;
            (spec, code) = Repair(spec, directory, code, places, around.Time);
        }

        return new Preparation(spec, InputsOf(spec, code.Bytes, code.CrlfScripts), code.Files.Count, WithProgram(read, code.Files));
    }

    private static (JobSpec Spec, Domain.Box.CodeInventory Code) Repair(JobSpec spec, string directory, Domain.Box.CodeInventory code, Places places, TimeProvider time)
    {
        // The server sends it later, perhaps again after a crash: the copy lives with the job's other state.
        var copy = Path.Combine(places.PreparedCode, $"{spec.Name}-{time.GetUtcNow():yyyyMMdd-HHmmss-fff}");
        Places.MakePrivate(places.PreparedCode);
        var repaired = PreparedCode.Make(directory, code, copy);
        return (spec with { CodeDirectory = copy }, repaired);
    }

    /// <summary>A program that is not sent, and that nothing else in the job brings, is the image's, or nobody's.</summary>
    private static IReadOnlyList<string> WithProgram(SpecRead read, IReadOnlyList<string> sent)
    {
        var spec = read.Spec;
        return spec is { Setup: null, Data.Count: 0, Volume: null } && Program().Match(spec.Run) is { Success: true } run && run.Groups["file"].Value is var file && !sent.Contains(file)
            ? [.. read.Assumed, $"{file} is in the image, since it is not among the files that are sent: without it the command fails at once"]
            : read.Assumed;
    }

    [GeneratedRegex(@"^\s*(python3?|sh|bash)\s+(\./)?(?<file>[A-Za-z0-9_][A-Za-z0-9_./-]*\.(py|sh))(\s|$)", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex Program();

    private static PlanInputs InputsOf(JobSpec spec, long codeBytes, IReadOnlyList<string> crlf) => new() { CodeBytes = codeBytes, CrlfScripts = crlf, DataBytes = spec.Data.Count == 0 ? 0 : null };
}
