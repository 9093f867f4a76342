using Lodger.Artifacts.Formats.Pickle;

namespace Lodger.Artifacts.Formats.Torch;

/// <summary>What is said of a pickle whatever file it is in: the code it would run, and where this check stopped.</summary>
internal static class TorchFindings
{
    /// <summary>What to do with a pickle that was not followed to its end: loading it is what may run code.</summary>
    internal const string LoadGuarded = "Only its hash vouches for it: load it with torch.load(..., weights_only=True) alone, or trust what wrote it.";

    private const int NamedGlobals = 5;

    internal static void Code(IReadOnlyList<string> foreign, bool isScript, string where, FormatReport report)
    {
        if (foreign.Count > 0)
        {
            var named = string.Join(", ", foreign.Take(NamedGlobals).Select(name => PrintableText.Of(name, 120)));
            var more = foreign.Count > NamedGlobals ? $" and {foreign.Count - NamedGlobals} more" : string.Empty;
            report.RunsCode(
                "pickle-runs-code", $"{where}loading it would run code: {named}{more}.",
                "Load it only if you trust what wrote it; torch.load(..., weights_only=True) refuses it.");
            report.DidNotCheck("what the code it names would do");
        }

        if (isScript)
        {
            report.Note("torchscript", $"{where}it carries a TorchScript program, which runs when the model is called.", "Trust it as far as you trust what wrote it.");
            report.DidNotCheck("whether its program compiles");
        }
    }

    internal static void Limits(PickleOutcome outcome, TorchContents contents, string where, FormatReport report)
    {
        if (!outcome.IsKept)
        {
            report.CannotJudge("pickle-large", $"{where}its pickle makes more values than the {PickleLimits.MaxValueBytes >> 20} MiB kept here; it is whole to its end mark, and its tensors were not looked at.", LoadGuarded);
        }

        if (contents.GivenUp is { } why)
        {
            report.CannotJudge("pickle-limits", $"{where}{why}; the rest was not looked at.", LoadGuarded);
        }

        if (contents.OfNewType is (var tensor, var type))
        {
            report.CannotJudge("torch-type", $"{where}tensor \"{PrintableText.Of(tensor, 200)}\" has the type {PrintableText.Of(type, 100)}, which is not known here; it was not looked at.", LoadGuarded);
        }

        if (contents.HasStoragesInBytes)
        {
            report.DidNotCheck("its tensors: their storages lie in the pickle as files of torch.save's own");
        }

        if (contents.Cycle is { } name)
        {
            report.Note("pickle-cycle", $"{where}the value \"{PrintableText.Of(name, 200)}\" holds itself.", "Nothing to do, if that is meant.");
        }
    }
}
