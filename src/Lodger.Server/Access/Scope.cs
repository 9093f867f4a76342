namespace Lodger.Server.Access;

/// <summary>What somebody may do over the network. None includes another: who administers tokens cannot destroy anything, and who approves cannot submit.</summary>
public enum Scope
{
    /// <summary>Look at jobs, money, findings, logs and offers.</summary>
    Read,

    /// <summary>Submit jobs and change how they go on: cancel, pull, drill, budget, make volumes, copy.</summary>
    Operate,

    /// <summary>Say yes to what deletes: destroy a rental, give data up, delete a volume, submit with <c>teardown: when-verified</c>.</summary>
    Approve,

    /// <summary>Make and revoke tokens, subscribe to pushes, stop the server.</summary>
    Admin,
}
