using Lodger.Artifacts;
using Lodger.Domain.Jobs;

namespace Lodger.Engine.Acts;

/// <summary>From what a verification found to what the journal says of it.</summary>
internal static class ActFinding
{
    public static FileFinding Of(Finding f) => new(f.Path, f.Id, f.Fix.Length == 0 ? f.What : $"{f.What} {f.Fix}");
}
