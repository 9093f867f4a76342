using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Profile;
using Lodger.Domain.Spec;

namespace Lodger.Engine.Accounts;

/// <summary>An account on one platform, ready to be used.</summary>
/// <param name="Name"><c>local</c> or as configured.</param>
/// <param name="ApiUrl">What a rented machine calls to stop its own rental.</param>
/// <param name="SshPublicKey">Lodger's own key, one line: registered with the account before the first rent.</param>
public sealed record OpenAccount(string Name, IMarket Market, IBox Box, PlatformProfile Profile, Uri ApiUrl, string SshPublicKey, string IdentityFile)
{
    /// <summary>The disks of this account's rentals through their hosts, also while they are stopped.</summary>
    public required IHostDoor Hosts { get; init; }

    /// <summary>Machines of this account that somebody else set up; null: none can be taken over.</summary>
    public IForeignBox? Foreign { get; init; }

    /// <summary>What the platform can do to be heard sooner; null: nothing.</summary>
    public IPush? Push { get; init; }

    /// <summary>Where a job runs on the machine, absolute.</summary>
    public string WorkdirOf(JobSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return spec.Workdir ?? $"{Profile.Overrides.DataDir.TrimEnd('/')}/{spec.Name}";
    }
}

/// <summary>From an account's name to the platform behind it. The composition root knows which there are.</summary>
public interface IAccounts
{
    /// <summary>Opens an account, starting the embedded marketplace when that is what the name means. The answer is kept; a problem is not.</summary>
    Task<Outcome<OpenAccount>> OpenAsync(string name, CancellationToken cancellationToken);
}
