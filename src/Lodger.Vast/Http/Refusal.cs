using System.Text.Json;

namespace Lodger.Vast.Http;

/// <summary>The platform's no, as it said it, under whatever HTTP status.</summary>
/// <param name="Slug">Its <c>error</c>, for example <c>no_such_ask</c>; empty when it gave none.</param>
/// <param name="Text">Its <c>msg</c> or <c>detail</c>, not yet redacted; empty when it gave none.</param>
/// <param name="NewContract">A rental that exists all the same: a bid that was too low is refused and made at once.</param>
/// <param name="IsApi">The body was the API's own form, so its words can be trusted to be about the call.</param>
internal sealed record Refusal(int Status, string Slug, string Text, long? NewContract, bool IsApi)
{
    /// <summary>The key is refused. A page of something in between that answers 403 says nothing of the key.</summary>
    public bool IsAuth => Slug is "auth_error" or "not_authorized" || Status == 401 || (IsApi && Status == 403 && Slug != "invalid_args");

    public bool IsRetired => Slug == "deprecated_endpoint";

    public bool IsThrottled => Status == 429 || Slug == "rate_limit_exceeded";

    public bool IsServerFault => Status is 408 or >= 500;

    public bool IsOfferGone => IsApi && (Status == 410 || Slug == "no_such_ask" || Says("no_such_ask"));

    /// <summary>The platform says that the instance does not exist. Only its own words count: a bare 404 may be anybody's.</summary>
    public bool IsInstanceGone =>
        IsApi && (Slug == "no_such_instance" || Says("no_such_instance") || (Status == 404 && Slug is "not_found" or "invalid_id" && Says("instance")));

    /// <summary>The platform says that the volume does not exist, in its own words.</summary>
    public bool IsVolumeGone => IsApi && (Slug == "no_such_volume" || Says("no_such_volume") || Says("volume with that id does not exist"));

    public bool IsMoney => IsApi && (Slug is "insufficient_credit" or "no_credit" or "insufficient_balance" || Says("lacks credit") || Status == 402);

    public bool IsAttachedAlready => IsApi && Says("already associated");

    private bool Says(string words) => Text.Contains(words, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a body that may or may not be a refusal; null when it is none.</summary>
    public static Refusal? Read(int status, JsonElement? body)
    {
        var isSuccessStatus = status is >= 200 and < 300;
        if (body is not { ValueKind: JsonValueKind.Object } root) return isSuccessStatus ? null : new Refusal(status, "", "", null, false);

        var success = root.TryGetProperty("success", out var flag) ? Flag(flag) : null;
        var slug = FieldText(root, "error");
        var text = FieldText(root, "msg");
        var detail = FieldText(root, "detail");
        var isRefused = !isSuccessStatus
            || success == false
            || (success is null && slug.Length > 0)
            || (success is null && detail.Length > 0 && root.EnumerateObject().Count() == 1);
        if (!isRefused) return null;
        if (text.Length == 0) text = detail;
        return new Refusal(status, slug, text, NewContractOf(root), success is not null || slug.Length > 0 || text.Length > 0);
    }

    /// <summary>The id of a new instance; a number or a text of digits, nothing else.</summary>
    public static long? NewContractOf(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("new_contract", out var id) ? Id(id) : null;

    private static long? Id(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetDecimal(out var number) && number is > 0 and <= long.MaxValue && decimal.IsInteger(number) => (long)number,
        JsonValueKind.String when long.TryParse(
            value.GetRawText().Trim('"'), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number > 0 => number,
        _ => null,
    };

    private static bool? Flag(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => value.TryGetDecimal(out var number) ? number != 0 : null,
        JsonValueKind.String => value.GetRawText().ToLowerInvariant() switch { "\"true\"" => true, "\"false\"" => false, _ => null },
        _ => null,
    };

    private static string FieldText(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String) return "";
        try
        {
            return value.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return ""; // Half of a surrogate pair.
        }
    }
}
