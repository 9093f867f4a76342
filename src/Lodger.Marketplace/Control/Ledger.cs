using System.Globalization;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Life;
using Lodger.Marketplace.Metering;
using Lodger.Marketplace.Volumes;

namespace Lodger.Marketplace.Control;

/// <summary>Everything that was ever rented and billed, with what is needed to work it out again: states and quantities, not only sums.</summary>
internal static class Ledger
{
    public static JsonObject Make(Book book, Lifecycle life, DateTimeOffset now)
    {
        book.Volumes.MeterTo(now, book.OfflineMachines);
        foreach (var contract in book.Alive) life.MeterTo(contract, now);
        return new JsonObject
        {
            ["market_now"] = Time(now),
            ["accounts"] = new JsonArray([.. book.Accounts.Select(a => AccountRow(book, a))]),
            ["volumes"] = new JsonArray([.. book.Volumes.All.OrderBy(v => v.Id).Select(VolumeRow)]),
            ["contracts"] = new JsonArray([.. book.Contracts.OrderBy(c => c.Id).Select(c => ContractRow(c))]),
        };
    }

    private static JsonObject AccountRow(Book book, Account account) => new()
    {
        ["id"] = account.Id,
        ["email"] = account.Email,
        ["paid_in_usd"] = account.PaidInUsd,
        ["charged_usd"] = book.Contracts.Where(c => c.AccountId == account.Id).Sum(c => c.Charges.TotalUsd) + book.Volumes.ChargedUsd(account.Id),
        ["balance_usd"] = book.BalanceUsd(account),
    };

    private static JsonObject VolumeRow(VolumeContract volume) => new()
    {
        ["id"] = volume.Id,
        ["account_id"] = volume.AccountId,
        ["label"] = volume.Label,
        ["machine_id"] = volume.MachineId,
        ["size_gb"] = volume.Tariff.DiskGb,
        ["created_at"] = Time(volume.CreatedAt),
        ["deleted_at"] = volume.DeletedAt is { } at ? Time(at) : null,
        ["alive"] = volume.IsAlive,
        ["metered_to"] = Time(volume.MeteredTo),
        ["storage_usd_per_gb_month"] = volume.Tariff.StorageUsdPerGbMonth,
        ["billing_history"] = new JsonArray([.. volume.BillingHistory.Select(b => new JsonObject { ["at"] = Time(b.At), ["disk"] = b.Billing.HasFlag(Billing.Disk) })]),
        ["disk_seconds"] = volume.Usage.DiskTicks / (decimal)TimeSpan.TicksPerSecond,
        ["charged_usd"] = volume.Charges.TotalUsd,
    };

    private static JsonObject ContractRow(Contract contract) => new()
    {
        ["id"] = contract.Id,
        ["account_id"] = contract.AccountId,
        ["label"] = contract.Label,
        ["offer_id"] = contract.OfferId,
        ["machine_id"] = contract.MachineId,
        ["gpu_ids"] = new JsonArray([.. contract.GpuIds.Select(g => JsonValue.Create(g))]),
        ["image"] = contract.Image,
        ["disk_gb"] = contract.DiskGb,
        ["created_at"] = Time(contract.CreatedAt),
        ["destroyed_at"] = contract.DestroyedAt is { } at ? Time(at) : null,
        ["alive"] = contract.IsAlive,
        ["phase"] = contract.Phase.ToString().ToLowerInvariant(),
        ["wants_to_run"] = contract.WantsToRun,
        ["holds_gpus"] = contract.HoldsGpus,
        ["bid_usd_per_hour"] = contract.BidUsdPerHour,
        ["ends_at"] = Time(contract.EndsAt),
        ["stop_cause"] = contract.StopCause.ToString().ToLowerInvariant(),
        ["message"] = contract.Message,
        ["metered_to"] = Time(contract.MeteredTo),
        ["tariff"] = new JsonObject
        {
            ["gpu_usd_per_hour"] = contract.Tariff.GpuUsdPerHour,
            ["storage_usd_per_gb_month"] = contract.Tariff.StorageUsdPerGbMonth,
            ["stopped_storage_usd_per_gb_month"] = contract.Tariff.StoppedStorageUsdPerGbMonth ?? contract.Tariff.StorageUsdPerGbMonth,
            ["disk_gb"] = contract.Tariff.DiskGb,
            ["upload_usd_per_gb"] = contract.Tariff.UploadUsdPerGb,
            ["download_usd_per_gb"] = contract.Tariff.DownloadUsdPerGb,
        },
        ["billing_history"] = new JsonArray([.. contract.BillingHistory.Select(b => new JsonObject
        {
            ["at"] = Time(b.At),
            ["disk"] = b.Billing.HasFlag(Billing.Disk),
            ["gpu"] = b.Billing.HasFlag(Billing.Gpu),
            ["stopped"] = b.Billing.HasFlag(Billing.Stopped),
            ["gpu_usd_per_hour"] = b.GpuUsdPerHour ?? contract.Tariff.GpuUsdPerHour,
        })]),
        ["usage"] = new JsonObject
        {
            ["gpu_seconds"] = contract.Usage.GpuTicks / (decimal)TimeSpan.TicksPerSecond,
            ["disk_seconds"] = (contract.Usage.DiskTicks + contract.Usage.StoppedDiskTicks) / (decimal)TimeSpan.TicksPerSecond,
            ["stopped_disk_seconds"] = contract.Usage.StoppedDiskTicks / (decimal)TimeSpan.TicksPerSecond,
            ["uploaded_bytes"] = contract.Usage.UploadedBytes,
            ["downloaded_bytes"] = contract.Usage.DownloadedBytes,
        },
        ["charges"] = new JsonObject
        {
            ["gpu_usd"] = contract.Charges.GpuUsd,
            ["disk_usd"] = contract.Charges.DiskUsd,
            ["upload_usd"] = contract.Charges.UploadUsd,
            ["download_usd"] = contract.Charges.DownloadUsd,
            ["total_usd"] = contract.Charges.TotalUsd,
        },
    };

    /// <summary>ISO 8601 in UTC, exact to 100 ns.</summary>
    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
