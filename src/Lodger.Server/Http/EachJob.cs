using System.Collections.Concurrent;
using Lodger.Domain.Jobs;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Lodger.Server.Http;

/// <summary>Where many jobs are shown together: a defect in what is shown of one hides none of the others. The log has it, once.</summary>
internal sealed class EachJob(ILogger log)
{
    private readonly ConcurrentDictionary<string, bool> told = new(StringComparer.Ordinal);

    public static EachJob Of(IEndpointRouteBuilder app) => new(app.ServiceProvider.GetRequiredService<ILogger<EachJob>>());

    /// <summary>Null: it cannot be shown.</summary>
    public TView? View<TView>(JobState job, Func<TView> view)
        where TView : class
    {
        try
        {
            return view();
        }
        catch (Exception defect)
        {
            if (told.TryAdd(job.Id, true))
                LogLines.JobNotShown(log, defect, job.Id);
            return null;
        }
    }
}
