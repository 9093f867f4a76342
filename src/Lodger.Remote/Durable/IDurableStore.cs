using Lodger.Domain.Problems;

namespace Lodger.Remote.Durable;

/// <summary>Whatever takes a copy. It is never believed: what counts is what reads back.</summary>
internal interface IDurableStore
{
    /// <summary>SHA-256, in lower-case hex, of every byte of those of the files that are there, read from there. A file that is not there is left out.</summary>
    Task<Outcome<IReadOnlyDictionary<string, string>>> ReadBackAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken);

    /// <summary>Puts files there that are not there yet.</summary>
    Task<Outcome<Done>> SendAsync(string from, IReadOnlyList<string> paths, CancellationToken cancellationToken);
}
