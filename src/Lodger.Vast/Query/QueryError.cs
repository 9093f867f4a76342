using Lodger.Domain.Problems;

namespace Lodger.Vast.Query;

/// <summary>Where a query or an order is wrong, and how it would be right.</summary>
/// <param name="Text">All of what was given.</param>
/// <param name="Column">Of the first wrong character, from 1.</param>
/// <param name="Message">What was found and what was expected.</param>
/// <param name="Suggestion">What to write instead; null when there is no guess.</param>
/// <param name="Hint">What holds of all queries and was not kept to here, in a sentence; null: how a condition looks.</param>
public sealed record QueryError(string Text, int Column, string Message, string? Suggestion = null, string? Hint = null)
{
    /// <summary>For a terminal: the text, and below it a caret under the wrong place.</summary>
    public string Pointer => $"{Text}\n{new string(' ', Column - 1)}^";

    internal Problem AsProblem() => new(
        "bad-query", $"Offer query, column {Column}: {Message}", Fix, ExitCode.BadInput);

    private string Fix => (Suggestion, Hint) switch
    {
        ({ } meant, { } hint) => $"Did you mean {meant}? {hint}",
        ({ } meant, null) => $"Did you mean {meant}?",
        (null, { } hint) => hint,
        _ => "Conditions stand side by side, for example  gpu_name=RTX_4090 num_gpus=1 dph<0.5",
    };
}
