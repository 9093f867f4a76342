using System.Globalization;
using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Http;

/// <summary>The platform's limit: a minimum spacing, for each key and endpoint, in real time. <paramref name="scale"/> multiplies the documented thresholds; 0 is off.</summary>
internal sealed class RateLimits(double scale, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Key, string Endpoint), long> _lastAccepted = [];

    /// <summary>The 429 when the call comes too soon; null when it may pass.</summary>
    public Reply? Check(string key, Endpoint endpoint)
    {
        var threshold = endpoint.ThresholdSeconds * scale;
        if (threshold <= 0) return null;
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var slot = (key, endpoint.Name);
            if (_lastAccepted.TryGetValue(slot, out var last) && time.GetElapsedTime(last, now).TotalSeconds < threshold)
            {
                var figure = threshold.ToString("0.0##", CultureInfo.InvariantCulture);
                var message = "API requests too frequent endpoint threshold=" + figure;
                return endpoint.Name == "destroy" ? Reply.Error(429, "rate_limit_exceeded", message) : new Reply(429, new JsonObject { ["detail"] = message });
            }

            _lastAccepted[slot] = now;
            return null;
        }
    }
}
