using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A key with which nobody gets in.</summary>
internal sealed class SshKeyUnfit : IRule
{
    private static readonly string[] Types = ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"];

    public string Id => "ssh-key";

    public Gotcha Own => Examination.Gotcha(
        Id, "The ssh key lets nobody in", "ssh asks for a password, or says Permission denied (publickey).",
        "The key was pasted without its type or comment, or was registered after the rental was made: account keys reach only later rentals.",
        "Copy the whole line of the .pub file; rent again, or attach the key to the rental in the platform's console.");

    public string Sees => "The public key lacks its type in front or its comment behind; or a running machine refuses the key.";

    public string? Does => "Makes a key of its own and registers it before the first rent.";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight, Moment.Watch, Moment.PostMortem];

    public Sighting? Look(Facts facts)
    {
        if (facts.Moment == Moment.Preflight)
        {
            var words = facts.SshPublicKey?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var lacks = words is null ? null : !Types.Any(t => words.Length > 0 && words[0].StartsWith(t, StringComparison.Ordinal)) ? "its type in front (ssh-ed25519)" : words.Length < 3 ? "its comment behind (user@host)" : null;
            return lacks is null ? null : new(Severity.Error, $"the public key lacks {lacks}", "lodger login   makes and registers a whole one");
        }

        var refused = facts.Moment == Moment.Watch ? facts.BoxProblem : facts.Attempt?.GivenUp;
        return refused is not null && (refused.Id == "ssh-key-refused" || refused.Message.Contains("refuses Lodger's ssh key", StringComparison.Ordinal))
            ? new(facts.Moment == Moment.Watch ? Severity.Warning : Severity.Error, refused.Message, "lodger login   then  lodger run job.yaml")
            : null;
    }
}
