namespace Lodger.Vast.Http;

/// <summary>One try of one call, for logs and metrics. Holds nothing secret.</summary>
/// <param name="Endpoint">Method and route with the ids left out, for example <c>PUT /api/v0/asks/{id}/</c>.</param>
/// <param name="Try">1 for the first.</param>
/// <param name="Status">HTTP status, or null when no answer came.</param>
/// <param name="Took">From sending to the last byte.</param>
/// <param name="Failure">Why no answer came; null when one did.</param>
public sealed record VastCall(string Endpoint, int Try, int? Status, TimeSpan Took, string? Failure);
