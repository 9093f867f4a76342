using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Contracts;

/// <summary>Settings that a create call takes over by <paramref name="HashId"/>, which changes with its content.</summary>
/// <param name="Fields">As they were sent: <c>name</c>, <c>image</c>, <c>tag</c>, <c>env</c>, <c>onstart</c>, <c>runtype</c>...</param>
internal sealed record Template(long Id, string HashId, JsonObject Fields, DateTimeOffset CreatedAt)
{
    public string? Text(string name) => Fields[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    public bool Flag(string name) => Fields[name] is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;

    /// <summary>The image with its tag.</summary>
    public string? Image => Text("image") is not { } image ? null : image.Contains(':', StringComparison.Ordinal) || Text("tag") is not { } tag ? image : $"{image}:{tag}";
}
