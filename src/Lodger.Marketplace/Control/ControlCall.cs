using System.Text.Json.Nodes;
using Lodger.Marketplace.Http;

namespace Lodger.Marketplace.Control;

/// <summary>One call of the control surface.</summary>
internal sealed record ControlCall(HttpContext Http, JsonObject Body)
{
    /// <summary>The number in the path; 0 when it is not one, which no record has.</summary>
    public long Id => long.TryParse(Http.Request.RouteValues["id"]?.ToString(), out var id) ? id : 0;

    public static JsonObject Done => new() { ["success"] = true };

    public string? Text(string name) => Body[name]?.ToString();

    public bool Flag(string name) => Text(name) is "true" or "1";

    /// <summary>A number within limits; <paramref name="missing"/> when it is left out.</summary>
    /// <exception cref="ControlException">It is not one, or beyond the limits, or left out without a default.</exception>
    public double Number(string name, double min, double max, double? missing = null)
    {
        if (Body[name] is null && missing is { } value) return value;
        return Filters.Number(Body[name]) is { } number && (double)number >= min && (double)number <= max
            ? (double)number
            : throw new ControlException(400, $"{name} must be a number from {min} to {max}");
    }

    /// <summary>Seconds of market time, null when left out.</summary>
    public TimeSpan? Seconds(string name) => Body[name] is null ? null : TimeSpan.FromSeconds(Number(name, 0, 366 * 86_400d));
}

/// <summary>A control call that cannot be carried out; its message says what to write instead.</summary>
internal sealed class ControlException(int status, string message) : Exception(message)
{
    public int Status { get; } = status;
}

/// <summary>One operation of the control surface, run with the book's lock held.</summary>
internal sealed record ControlRoute(string Method, string Path, Func<ControlCall, JsonObject> Handle);
