using Lodger.Vast.Credentials;
using Lodger.Vast.Http;

namespace Lodger.Vast;

/// <summary>How a <see cref="VastClient"/> reaches the platform. Every wait it makes is bounded by something in here.</summary>
public sealed class VastOptions
{
    /// <summary>Scheme, host and port, for example <c>https://console.vast.ai</c>; a path in it is kept as a prefix.</summary>
    public required Uri BaseUrl { get; init; }

    /// <summary>The key and where it came from: a refusal names the place.</summary>
    public required ApiKey ApiKey { get; init; }

    /// <summary>Longest that one try may take, from sending to the last byte of the answer. Default 30 s.</summary>
    public TimeSpan TryTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest that a create may take: the platform checks the host before it answers. Default 120 s.</summary>
    public TimeSpan CreateTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Tries of a call that is safe to repeat, the first included. Default 4. A create is always tried once.</summary>
    public int TriesMax { get; init; } = 4;

    /// <summary>Pause before the second try; doubles with each. Default 300 ms. The endpoint's own spacing comes on top.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// Spacing of calls to one endpoint before the platform has named its own. Null: what the platform documents for each endpoint,
    /// and next to nothing for an address on this machine, which has no neighbours to be polite to. Longer ones are learned from its answers either way.
    /// </summary>
    public TimeSpan? StartSpacing { get; init; }

    /// <summary>Largest answer that is read, in bytes; a longer one is an error. Default 32 MiB.</summary>
    public int AnswerBytesMax { get; init; } = 32 * 1024 * 1024;

    /// <summary>Longest wait until a log or a command's output becomes readable. Default 60 s.</summary>
    public TimeSpan ResultWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Pause between two looks at a result. Default 1 s.</summary>
    public TimeSpan ResultPoll { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Most pages read of one listing; more is an error, not a short list. Default 400 (10 000 rentals).</summary>
    public int PagesMax { get; init; } = 400;

    /// <summary>Told of every try, for logs and metrics; gets no body, no key and no query.</summary>
    public Action<VastCall>? OnCall { get; init; }
}
