using System.Globalization;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Life;

namespace Lodger.Marketplace.Http;

/// <summary>What was paid in, in the list of today and in the retired one that the official client still asks for.</summary>
internal sealed class InvoicesApi(Book book, Lifecycle life, TimeProvider clock)
{
    private const int PageDefault = 60;
    private const int PageMax = 500;
    private const string Service = "stripe_payments";
    private static readonly HashSet<string> Columns = new(StringComparer.Ordinal) { "paid_on", "amount_cents", "when" };

    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("invoices", "GET", "/api/v1/invoices", 3.0, Invoices),
        new("invoices_v0", "GET", "/api/v0/users/me/invoices", 0, Retired),
        new("contracts_fetch", "POST", "/api/v0/contracts/fetch", 0, FetchContracts),
    ];

    private Reply Invoices(ApiCall call)
    {
        var query = call.Http.Request.Query;
        if (!Queries.TryParse(query["select_filters"], out var filterNode) || filterNode is not JsonObject filters || filters["when"] is not JsonObject { Count: > 0 }) return InvalidRange();
        var (conditions, error) = Filters.Read(filters, f => f is "when" or "service");
        if (error is not null) return Reply.Error(400, "invalid_request", error);
        if (!Queries.TryParse(query["order_by"], out var order) || order is not (null or JsonArray)) return Reply.Error(400, "invalid_request", "Error in query parameters: order_by is not a JSON list");
        var by = order is JsonArray { Count: > 0 } keys ? keys[0] as JsonObject : null;
        var column = by?["col"]?.ToString() ?? "when";
        if (!Columns.Contains(column)) return Reply.Error(400, "invalid_request", $"Error in query parameters: {column} is not a valid search key");
        var descending = by is null ? !string.Equals(query["latest_first"], "false", StringComparison.OrdinalIgnoreCase) : by["dir"]?.ToString() != "asc";
        var offset = 0;
        if (query["after_token"].ToString() is { Length: > 0 } token && !int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out offset))
            return Reply.Error(400, "invalid_token", "Invalid pagination token");
        var limit = int.TryParse(query["limit"], out var asked) && asked > 0 ? Math.Min(asked, PageMax) : PageDefault;

        lock (book.Lock)
        {
            var found = Payments(call.Account).Where(p => conditions.All(c => Filters.Matches(c.Field == "when" ? Times.Seconds(p.At) : Service, c)));
            var all = (column == "amount_cents" ? found.OrderBy(p => p.Usd) : found.OrderBy(p => p.At)).ToList();
            if (descending) all.Reverse();
            var page = all.Skip(offset).Take(limit).ToList();
            return Reply.Ok(new JsonObject
            {
                ["success"] = true,
                ["count"] = page.Count,
                ["total"] = all.Count,
                ["next_token"] = offset + page.Count < all.Count ? (offset + page.Count).ToString(CultureInfo.InvariantCulture) : null,
                ["results"] = new JsonArray([.. page.Select(Row)]),
            });
        }
    }

    /// <summary>Amounts are text here: the official client makes numbers of them before it adds them up.</summary>
    private Reply Retired(ApiCall call)
    {
        var query = call.Http.Request.Query;
        var from = double.TryParse(query["sdate"], CultureInfo.InvariantCulture, out var start) ? start : 0;
        var to = double.TryParse(query["edate"], CultureInfo.InvariantCulture, out var end) ? end : double.MaxValue;
        lock (book.Lock)
        {
            var now = clock.GetUtcNow();
            var rows = new List<JsonObject>(Payments(call.Account).Select(p => OldRow("payment", p.Description, p.Usd, p.At, null)));
            if (!string.Equals(query["inc_charges"], "false", StringComparison.OrdinalIgnoreCase))
                foreach (var contract in book.Contracts.Where(c => c.AccountId == call.Account.Id))
                {
                    if (contract.IsAlive) life.MeterTo(contract, now);
                    rows.Add(OldRow("charge", $"Instance {contract.Id} GPU charge", contract.Charges.GpuUsd, contract.DestroyedAt ?? contract.CreatedAt, contract.Id));
                    rows.Add(OldRow("charge", $"Instance {contract.Id} storage charge", contract.Charges.DiskUsd, contract.DestroyedAt ?? contract.CreatedAt, contract.Id));
                }

            rows.RemoveAll(r => r["timestamp"]!.GetValue<double>() < from || r["timestamp"]!.GetValue<double>() > to);
            var charged = book.Contracts.Where(c => c.AccountId == call.Account.Id && c.IsAlive).Sum(c => c.Charges.TotalUsd);
            return Reply.Ok(new JsonObject
            {
                ["invoices"] = new JsonArray([.. rows]),
                ["current"] = new JsonObject { ["charges"] = charged, ["service_fee"] = 0, ["total"] = charged, ["credit"] = book.BalanceUsd(call.Account) },
            });
        }
    }

    private Reply FetchContracts(ApiCall call)
    {
        var ids = call.Body["contract_ids"] as JsonArray;
        var label = call.Text("label");
        lock (book.Lock)
        {
            var found = book.Contracts.Where(c => c.AccountId == call.Account.Id && (label is null || c.Label == label) && (ids is null || ids.Any(i => Filters.Number(i) == c.Id)));
            return Reply.Ok(new JsonObject { ["success"] = true, ["contracts"] = new JsonArray([.. found.Select(c => new JsonObject { ["id"] = c.Id, ["label"] = c.Label })]) });
        }
    }

    /// <summary>The payments, and what the control surface has given or taken besides.</summary>
    private static IEnumerable<Payment> Payments(Account account)
    {
        var rest = account.PaidInUsd - account.Payments.Sum(p => p.Usd);
        return rest == 0 ? account.Payments : account.Payments.Append(new Payment(0, account.CreatedAt, rest, "Balance adjustment"));
    }

    private static JsonObject Row(Payment payment) => new()
    {
        ["start"] = Times.Seconds(payment.At),
        ["end"] = Times.Seconds(payment.At),
        ["type"] = "credit",
        ["source"] = "stripe",
        ["description"] = payment.Description,
        ["amount"] = -payment.Usd, // What came from the customer's card is negative, as on the platform.
        ["metadata"] = new JsonObject { ["invoice_id"] = payment.Id, ["service"] = Service },
        ["items"] = new JsonArray(),
    };

    private static JsonObject OldRow(string type, string description, decimal usd, DateTimeOffset at, long? instance) => new()
    {
        ["type"] = type,
        ["description"] = description,
        ["amount"] = usd.ToString("0.00####", CultureInfo.InvariantCulture),
        ["quantity"] = "1",
        ["rate"] = usd.ToString("0.00####", CultureInfo.InvariantCulture),
        ["timestamp"] = Times.Seconds(at),
        ["instance_id"] = instance,
    };

    private static Reply InvalidRange() => Reply.Ok(new JsonObject
    {
        ["success"] = false,
        ["error"] = "Invalid date range",
        ["count"] = 0,
        ["total"] = 0,
        ["results"] = new JsonArray(),
        ["next_token"] = null,
    });
}
