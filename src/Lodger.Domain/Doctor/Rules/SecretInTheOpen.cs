using Lodger.Domain.Spec;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>What looks like a key where everybody can read it.</summary>
internal sealed class SecretInTheOpen : IRule
{
    public string Id => "VAST11";

    public string Sees => "image, run, setup, env or offers holds a word in the form of a well-known credential; or env has a name that says that it is one.";

    public string? Does => "Sends secrets as environment at create, out of the calling environment or the secrets directory; never in onstart, image, arguments, log or journal.";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight];

    public Sighting? Look(Facts facts)
    {
        var spec = facts.Spec;
        List<string> places =
        [
            .. ((string Field, string? Text)[])[("image", spec.Image), ("run", spec.Run), ("setup", spec.Setup), ("offers", spec.Offers), ("rehearse.run", spec.Rehearse.Run)]
                is var texts ? texts.Where(t => t.Text is { } text && SecretLook.IsIn(text)).Select(t => t.Field) : [],
            .. spec.Env.Where(e => SecretLook.Suspicious(e.Key, e.Value)).Select(e => $"env.{e.Key}"),
        ];
        return places.Count == 0
            ? null
            : new(
                Severity.Error,
                $"what looks like a key stands in {string.Join(", ", places)} (its value is not repeated here)",
                "Write into job.yaml:  secrets: [HF_TOKEN]   use $HF_TOKEN in the command, and give the key that stood there back to who made it: it has been seen");
    }
}
