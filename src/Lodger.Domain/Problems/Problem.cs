namespace Lodger.Domain.Problems;

/// <summary>Something that went wrong and that a person can act on. Exceptions are for bugs; this is for everything else.</summary>
/// <param name="Id">Stable, kebab-case, for example <c>offer-gone</c>.</param>
/// <param name="Message">One sentence: what happened, with the values seen. Never holds a secret.</param>
/// <param name="Fix">One sentence or command: what to do next; empty when there is nothing to do.</param>
/// <param name="ExitCode">What the command exits with when this ends it.</param>
/// <param name="MayRetry">True when the same call may succeed later with nothing changed.</param>
public sealed record Problem(string Id, string Message, string Fix, ExitCode ExitCode, bool MayRetry = false)
{
    public override string ToString() => Fix.Length == 0 ? Message : $"{Message} {Fix}";
}
