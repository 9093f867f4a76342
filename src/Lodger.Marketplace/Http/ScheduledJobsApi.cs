using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Schedule;

namespace Lodger.Marketplace.Http;

/// <summary>API calls by the clock. The official client's requests are the contract: 422 with <c>scheduled_job_id</c> when the instance has such a job already.</summary>
internal sealed partial class ScheduledJobsApi(Book book, TimeProvider clock)
{
    private const int JobsMax = 100;

    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("job_create", "POST", "/api/v0/commands/schedule_job", 0, Create),
        new("job_list", "GET", "/api/v0/commands/schedule_job", 0, List),
        new("job_update", "PUT", "/api/v0/commands/schedule_job/{id:long}", 0, Update),
        new("job_delete", "DELETE", "/api/v0/commands/schedule_job/{id:long}", 0, Delete),
    ];

    private Reply Create(ApiCall call)
    {
        lock (book.Lock)
        {
            var (job, error) = Read(call, null);
            if (job is null) return error!;
            if (call.Account.Jobs.Find(j => j.InstanceId == job.InstanceId && j.Path == job.Path) is { } existing)
            {
                var refusal = Reply.Error(422, "existing_job", $"Scheduled job {existing.Id} exists already.");
                refusal.Body["scheduled_job_id"] = existing.Id;
                return refusal;
            }

            if (call.Account.Jobs.Count >= JobsMax) return Invalid($"An account has at most {JobsMax} scheduled jobs.");
            call.Account.Jobs.Add(job);
            book.Save(call.Account);
            return Saved(job);
        }
    }

    private Reply List(ApiCall call)
    {
        lock (book.Lock) return Reply.Ok(new JsonArray([.. call.Account.Jobs.Select(Facts)]));
    }

    private Reply Update(ApiCall call)
    {
        lock (book.Lock)
        {
            var index = call.Account.Jobs.FindIndex(j => j.Id == call.RouteId());
            if (index < 0) return NotFound(call.RouteId());
            var (job, error) = Read(call, call.Account.Jobs[index]);
            if (job is null) return error!;
            call.Account.Jobs[index] = job;
            book.Save(call.Account);
            return Saved(job);
        }
    }

    private Reply Delete(ApiCall call)
    {
        lock (book.Lock)
        {
            if (call.Account.Jobs.RemoveAll(j => j.Id == call.RouteId()) == 0) return NotFound(call.RouteId());
            book.Save(call.Account);
            return Reply.Success();
        }
    }

    /// <summary>A whole job out of a body, or out of a body over what there was.</summary>
    private (ScheduledJob? Job, Reply? Error) Read(ApiCall call, ScheduledJob? old)
    {
        var body = call.Body;
        var path = call.Text("api_endpoint") ?? old?.Path ?? "";
        if (!Paths().IsMatch(path)) return (null, Invalid("api_endpoint must be a path below /api/v0/"));
        var method = call.Text("request_method") ?? old?.Method ?? "PUT";
        if (method is not ("PUT" or "POST" or "DELETE")) return (null, Invalid("request_method must be PUT, POST or DELETE"));
        if (!Enum.TryParse<Frequency>(call.Text("frequency") ?? old?.Frequency.ToString(), ignoreCase: true, out var frequency)) return (null, Invalid("frequency must be HOURLY, DAILY or WEEKLY"));
        if (Id(body["instance_id"]) is not { } instance && (instance = old?.InstanceId ?? 0) == 0) return (null, Invalid("instance_id is missing"));
        if (book.FindContract(instance) is not { IsAlive: true } contract || contract.AccountId != call.Account.Id) return (null, Reply.NoSuchInstance(instance));
        var starts = Time(body["start_time"]) ?? old?.StartsAt ?? clock.GetUtcNow();
        if ((Time(body["end_time"]) ?? old?.EndsAt) is not { } ends || ends <= starts) return (null, Invalid("end_time must come after start_time"));
        var day = Small(body["day_of_the_week"], 6) ?? old?.Day;
        var hour = Small(body["hour_of_the_day"], 23) ?? old?.Hour;
        if (frequency != Frequency.Hourly && hour is null) return (null, Invalid("hour_of_the_day must be 0 to 23"));
        if (frequency == Frequency.Weekly && day is null) return (null, Invalid("day_of_the_week must be 0 (Sunday) to 6"));
        if (frequency == Frequency.Hourly) hour = null;
        if (frequency != Frequency.Weekly) day = null;
        var request = body["request_body"]?.DeepClone() as JsonObject ?? old?.Body ?? [];
        var job = new ScheduledJob(old?.Id ?? book.NextKeyId(), instance, path, method, request, frequency, day, hour, starts, ends, null);
        return (job with { NextAt = job.FirstFrom(clock.GetUtcNow()) }, null);
    }

    private static JsonObject Facts(ScheduledJob job) => new()
    {
        ["id"] = job.Id,
        ["instance_id"] = job.InstanceId,
        ["api_endpoint"] = job.Path,
        ["request_method"] = job.Method,
        ["request_body"] = job.Body.DeepClone(),
        ["frequency"] = job.Frequency.ToString().ToUpperInvariant(),
        ["day_of_the_week"] = job.Day,
        ["hour_of_the_day"] = job.Hour,
        ["min_of_the_hour"] = job.StartsAt.Minute,
        ["start_time"] = Times.Seconds(job.StartsAt),
        ["end_time"] = Times.Seconds(job.EndsAt),
    };

    private static Reply Saved(ScheduledJob job) => Reply.Ok(new JsonObject { ["success"] = true, ["scheduled_job_id"] = job.Id });

    private static long? Id(JsonNode? node) => (long?)Filters.Number(node);

    private static int? Small(JsonNode? node, int max) => Filters.Number(node) is { } number && number >= 0 && number <= max ? (int)number : null;

    private static DateTimeOffset? Time(JsonNode? node) => Filters.Number(node) is { } seconds and > 0 and < 100_000_000_000 ? DateTimeOffset.UnixEpoch.AddSeconds((double)seconds) : null;

    private static Reply NotFound(long id) => Reply.Error(404, "not_found", string.Create(CultureInfo.InvariantCulture, $"Scheduled job {id} not found."));

    private static Reply Invalid(string message) => Reply.Error(400, "invalid_args", message);

    [GeneratedRegex(@"^/api/v0/[A-Za-z0-9_/.-]{1,200}\z", RegexOptions.CultureInvariant, 20_000)]
    private static partial Regex Paths();
}
