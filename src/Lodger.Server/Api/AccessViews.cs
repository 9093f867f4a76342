using Lodger.Domain.Problems;
using Lodger.Server.Access;

namespace Lodger.Server.Api;

/// <summary>Who asks.</summary>
/// <param name="Name">What the journal calls them: <c>token:ci</c>; <c>owner</c> for the user of the server's machine.</param>
/// <param name="Until">When a browser's session ends; null: it is none.</param>
/// <param name="Project">The one whose jobs they see; null: all.</param>
public sealed record SessionView(string Name, IReadOnlyList<Scope> Scopes, DateTimeOffset? Until, string? Project = null);

/// <param name="Code">From <c>lodger dashboard</c>, good once; null: the request shows a token.</param>
public sealed record SignInRequest(string? Code = null);

/// <param name="Code">Good once.</param>
public sealed record SignInCodeView(string Code, DateTimeOffset Until);

/// <param name="By">Who asks, if it is the owner: others are known.</param>
/// <param name="LivesFor">Null: until it is revoked.</param>
/// <param name="Project">Limited to its jobs; null: all.</param>
public sealed record TokenRequest(string Name, IReadOnlyList<Scope> Scopes, string By, TimeSpan? LivesFor = null, string? Project = null);

/// <param name="Token">The only time that it is shown.</param>
public sealed record NewTokenView(string Token, TokenView View);

/// <param name="Id">The part of the token that is no secret.</param>
/// <param name="LastUsedAt">To the hour; null: never.</param>
/// <param name="IsValid">Neither revoked nor expired.</param>
public sealed record TokenView(
    string Name, string Id, IReadOnlyList<Scope> Scopes, string? Project, DateTimeOffset MadeAt, string MadeBy, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt, bool IsValid);

/// <param name="Listen">Address and port; port 0: any that is free.</param>
/// <param name="CertificateFile">Absolute, PEM; with <paramref name="KeyFile"/>.</param>
/// <param name="IsKept">Also after a restart.</param>
public sealed record DoorRequest(string Listen, string? CertificateFile = null, string? KeyFile = null, bool BehindProxy = false, bool IsKept = false);

/// <summary>A public address.</summary>
/// <param name="Address">As it listens; null: it could not be opened.</param>
public sealed record DoorView(string Listen, Uri? Address, bool BehindProxy, Problem? Problem)
{
    /// <summary>The host under which a browser signs in at an address without TLS: every browser takes it for its own machine.</summary>
    public const string PlainHost = "lodger.localhost";
}

/// <summary>One thing that somebody asked for and that changes something, or would have.</summary>
/// <param name="Who"><c>token:ci</c>; <c>owner</c> for the user of the server's machine; <c>nobody</c> for a token that is not valid.</param>
/// <param name="From">Address, or <c>socket</c>.</param>
/// <param name="Target">The job, account, volume or token that it is about; empty: none.</param>
/// <param name="Status">HTTP: 200 and 204 done, 4xx refused, 5xx not known.</param>
public sealed record AuditView(long Sequence, DateTimeOffset At, string Who, string From, string Act, string Target, int Status);
