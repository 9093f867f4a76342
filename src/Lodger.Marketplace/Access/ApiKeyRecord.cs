using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Access;

/// <summary>An API key besides the account's first one.</summary>
/// <param name="Key">The secret; shown once, when the key is made.</param>
/// <param name="Permissions">As they were sent: <c>{"api": {"instance_read": {}}}</c>; null for all.</param>
internal sealed record ApiKeyRecord(long Id, string Name, string Key, JsonObject? Permissions, DateTimeOffset CreatedAt);
