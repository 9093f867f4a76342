namespace Lodger.Engine.Journal;

/// <summary>An access token of the server as it is stored: what it may do, and a hash of it. The token itself is nowhere.</summary>
/// <param name="Id">The part of the token by which it is found.</param>
/// <param name="Name">Of no other one that is valid.</param>
/// <param name="Scopes">Names, separated by a comma.</param>
/// <param name="Project">Limited to this project; null: to none.</param>
/// <param name="Sha256">Of the whole token, lower-case hex.</param>
/// <param name="MadeBy">Who made it.</param>
/// <param name="ExpiresAt">Null: never.</param>
/// <param name="LastUsedAt">To the hour; null: never.</param>
public sealed record StoredToken(
    string Id, string Name, string Scopes, string? Project, string Sha256, DateTimeOffset MadeAt, string MadeBy, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt);
